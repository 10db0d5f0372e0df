"""The packaged plotly.js is sent without what no chart asks for, and otherwise as it is."""

import re
from pathlib import Path

import plotly
import pytest

from api import plotly_script


@pytest.fixture(scope="module")
def packaged() -> bytes:
    return (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes()


@pytest.fixture(scope="module")
def sent(packaged: bytes) -> bytes:
    return plotly_script.fitted(packaged)


def module(script: bytes, name: bytes) -> bytes:
    """The text of a module, up to the next one."""
    begin = script.index(b"var " + name + b"=W((")
    return script[begin : script.index(b"});var ", begin)]


def test_bars_are_the_only_kind_of_chart_that_is_registered(sent: bytes) -> None:
    (registered,) = re.findall(rb"\.register\(\[([^\]]*)\]\)", sent)
    (name,) = re.fullmatch(rb"([\w$]+)\(\)", registered).groups()
    (kind,) = re.search(rb"\.exports=([\w$]+)\(\)", module(sent, name)).groups()
    assert b'moduleType:"trace",name:"bar"' in module(sent, kind)


def test_the_worker_of_maps_is_not_sent(packaged: bytes, sent: bytes) -> None:
    assert len(packaged) - len(sent) > 500_000
    assert b".exports=''" in sent


def test_the_outermost_function_is_bracketed_so_that_it_is_read_once(sent: bytes) -> None:
    assert sent.count(b"this, (() => {") == 1
    assert sent.rstrip().endswith(b"})));")


def test_put_back_what_was_taken_and_it_is_the_packaged_script(packaged: bytes, sent: bytes) -> None:
    worker, kinds = plotly_script._WORKER.search(packaged), plotly_script._KINDS.search(packaged)
    assert sent.count(b".exports=''") == sent.count(kinds["bars"] + b"])") == 1
    again = sent.replace(b".exports=''", b".exports=" + worker[0])
    again = again.replace(kinds["bars"], kinds[0])
    again = again.replace(b"this, (() => {", b"this, () => {")
    body, _, tail = again.rpartition(b"})));")
    assert body + b"}));" + tail == packaged


@pytest.mark.parametrize("text", [b"", b"something else", b"this, () => {", b"x.register([bars()]);y.exports='a'"])
def test_the_text_of_another_version_stays_as_it_is(text: bytes) -> None:
    assert plotly_script.fitted(text) == text
