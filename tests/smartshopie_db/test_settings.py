import re
from datetime import date
from pathlib import Path

import pytest

from data import period
from smartshopie_db.plan import load_plan
from smartshopie_db.settings import (
    EARLIEST,
    LATEST,
    PROJECT,
    SETTINGS,
    SettingError,
    load_settings,
    unknown_settings,
)


def test_without_any_setting_the_store_lies_in_the_project_whatever_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert settings.database_url == f"sqlite:///{PROJECT / 'smartshopie_dashboard.db'}"
    assert (settings.host, settings.port, settings.cors_origins) == ("127.0.0.1", 8050, ())
    assert settings.timezone is settings.currency is settings.attribution_days is settings.read_key is None


def test_every_setting_is_read() -> None:
    settings = load_settings({
        "SMARTSHOPIE_DATABASE_URL": "postgres://me:secret@db/shop", "SMARTSHOPIE_HOST": "0.0.0.0",  # noqa: S104
        "SMARTSHOPIE_PORT": "80", "SMARTSHOPIE_TIMEZONE": "Europe/Berlin", "SMARTSHOPIE_CURRENCY": "usd",
        "SMARTSHOPIE_AS_OF": "2026-11-22", "SMARTSHOPIE_ATTRIBUTION_DAYS": "30",
        "SMARTSHOPIE_PLAN": "smartshopie_db/plan.toml", "SMARTSHOPIE_READ_KEY": " r ", "SMARTSHOPIE_WRITE_KEY": "w",
        "SMARTSHOPIE_RETENTION_DAYS": "400", "SMARTSHOPIE_CORS_ORIGINS": "https://a.example/, http://b.example:81",
        "SMARTSHOPIE_TRUSTED_PROXY": "[0:0::1]",
    })  # fmt: skip
    assert settings.database_url == "postgresql+psycopg://me:secret@db/shop"
    assert (settings.host, settings.port) == ("0.0.0.0", 80)  # noqa: S104 - only read, nothing is opened
    assert (settings.timezone, settings.currency) == ("Europe/Berlin", "USD")
    assert (settings.as_of, settings.attribution_days, settings.retention_days) == (date(2026, 11, 22), 30, 400)
    assert (settings.plan, settings.read_key, settings.write_key) == (load_plan(), "r", "w")
    assert settings.cors_origins == ("https://a.example", "http://b.example:81")
    assert settings.trusted_proxy == "::1"  # as the server writes the address of whoever connects


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("shop.db", f"sqlite:///{PROJECT}/shop.db"), ("sqlite:///shop.db", f"sqlite:///{PROJECT}/shop.db"),
        ("sqlite:////var/shop.db", "sqlite:////var/shop.db"), ("/var/shop.db", "sqlite:////var/shop.db"),
        ("postgresql://h/n", "postgresql+psycopg://h/n"),
        ("/var/50%25?.db", "sqlite:////var/50%2525%3F.db"), ("sqlite:////var/50%25%3F.db", "sqlite:////var/50%25%3F.db"),
    ],
)  # fmt: skip
def test_a_store_is_a_path_or_a_url(url: str, expected: str) -> None:
    assert load_settings({"SMARTSHOPIE_DATABASE_URL": url}).database_url == expected


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("DATABASE_URL", "mysql://h/n", "sqlite:///FILE"), ("DATABASE_URL", "sqlite://", "name a file"),
        ("DATABASE_URL", "sqlite://h:abc/x", "is no URL"), ("DATABASE_URL", "\udcff.db", "is no URL and no path"),
        ("PORT", "http", "from 1 to 65535"), ("PORT", "0", "from 1"), ("PORT", "٣", "whole number"),
        ("TIMEZONE", "Europe/Berln", "Europe/Berlin"), ("TIMEZONE", "../etc", "no time zone"),
        ("CURRENCY", "EURO", "three letters"), ("AS_OF", "22.11.2026", "2026-11-22"),
        ("AS_OF", "0001-01-01", "from 1970-01-01 to 2199-12-31"), ("AS_OF", "2200-01-01", "to 2199-12-31"),
        ("ATTRIBUTION_DAYS", "0", "from 1 to 365"), ("ATTRIBUTION_DAYS", "-7", "whole number"),
        ("PLAN", "no_such.toml", "cannot be read: No such file"), ("PLAN", "pyproject.toml", "`project`"),
        ("PLAN", "README.md", "not valid TOML"), ("RETENTION_DAYS", "1.5", "whole number"),
        ("CORS_ORIGINS", "shop.example", "https://shop.example"), ("CORS_ORIGINS", "https://a/b", "https://shop.example"),
        ("TRUSTED_PROXY", "proxy.example", "127.0.0.1"), ("TRUSTED_PROXY", "10.0.0.0/8", "one IP address"),
        ("TRUSTED_PROXY", "*", "one IP address"),
        ("READ_KEY", "schlüssel", "ASCII"), ("READ_KEY", "a\tb", "ASCII"), ("WRITE_KEY", "ключ", "ASCII"),
        ("WRITE_KEY", "a:b", "colon"),
        ("HOST", "http://0.0.0.0", "without scheme and port"), ("HOST", "0.0.0.0:80", "without scheme and port"),
        ("HOST", "a..b", "like 127.0.0.1 or 0.0.0.0"), ("HOST", "*", "127.0.0.1"),
        ("HOST", "0.0.0.0", "SMARTSHOPIE_READ_KEY"),  # noqa: S104
    ],
)  # fmt: skip
def test_a_wrong_value_is_one_sentence_that_names_the_setting_and_the_remedy(name: str, value: str, hint: str) -> None:
    with pytest.raises(SettingError) as caught:
        load_settings({f"SMARTSHOPIE_{name}": value})
    sentence = str(caught.value)
    assert sentence.startswith(f"SMARTSHOPIE_{name} ")
    assert sentence.endswith(".")
    assert hint in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_on_this_machine_alone_no_key_is_needed(host: str) -> None:
    assert load_settings({"SMARTSHOPIE_HOST": host}).host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "fe80::1%eth0", "analytics", "shop_1.example."])  # noqa: S104
def test_others_may_be_let_in_with_a_key(host: str) -> None:
    assert load_settings({"SMARTSHOPIE_HOST": host, "SMARTSHOPIE_READ_KEY": "r"}).host == host


def test_today_can_be_set_to_every_day_that_can_be_asked_for_and_no_other() -> None:
    assert (EARLIEST, LATEST) == (period.EARLIEST, period.LATEST)
    for day in (period.EARLIEST, period.LATEST):
        assert load_settings({"SMARTSHOPIE_AS_OF": str(day)}).as_of == day


def test_keys_and_passwords_are_not_shown() -> None:
    shown = repr(load_settings({
        "SMARTSHOPIE_DATABASE_URL": "postgresql://u:hidden@h/n", "SMARTSHOPIE_READ_KEY": "hidden",
        "SMARTSHOPIE_WRITE_KEY": "hidden",
    }))  # fmt: skip
    assert "hidden" not in shown


@pytest.mark.parametrize(("name", "value"), [("READ_KEY", "hiddän"), ("WRITE_KEY", "hid:den")])
def test_a_key_that_is_refused_is_not_shown_either(name: str, value: str) -> None:
    with pytest.raises(SettingError) as caught:
        load_settings({f"SMARTSHOPIE_{name}": value})
    assert value not in str(caught.value)


def test_a_misspelt_setting_is_told_with_the_nearest_name() -> None:
    environ = {"SMARTSHOPIE_TIMEZOME": "UTC", "SMARTSHOPIE_PORT": "80", "PATH": "/bin"}
    assert unknown_settings(environ) == (
        "SMARTSHOPIE_TIMEZOME is no setting and is ignored; did you mean SMARTSHOPIE_TIMEZONE?",
    )


def test_the_readme_lists_exactly_these_settings(project: Path) -> None:
    readme = (project / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| `(SMARTSHOPIE_\w+)` \| `?([^|`]*?)`? *\| (.+?) \|$", readme)
    assert rows == [(setting.variable, setting.default, setting.meaning) for setting in SETTINGS]
