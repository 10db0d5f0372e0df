"""The colours of both modes keep their contrast, and series can be told apart by colour-blind eyes."""

import itertools
import math
import re

import pytest

MODES = ("light", "dark")
TEXT_ON_CARD = ("ink", "ink-soft", "muted", "accent", "good", "bad", "warm")
SERIES = tuple(f"series-{place}" for place in range(1, 7))
# Machado, Oliveira, Fernandes 2009: how full protanopia and deuteranopia see linear RGB.
SIGHT = {
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}


@pytest.fixture(scope="module")
def colours(project):
    text = (project / "assets" / "colours.css").read_text(encoding="utf-8")
    return {
        mode: dict(
            re.findall(
                r"--([\w-]+): (#[0-9a-f]{6})", re.search(rf'data-bs-theme="{mode}"\] {{(.*?)}}', text, re.DOTALL)[1]
            )
        )
        for mode in MODES
    }


def linear(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one, other):
    light, dark = sorted(
        (
            sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))
            for colour in (one, other)
        ),
        reverse=True,
    )
    return (light + 0.05) / (dark + 0.05)


def lab(colour, sight):
    red, green, blue = (
        min(1, max(0, sum(weight * part for weight, part in zip(row, linear(colour), strict=True)))) for row in sight
    )
    spread = lambda part: part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116  # noqa: E731
    x, y, z = (
        spread(part)
        for part in (
            (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
            0.2126 * red + 0.7152 * green + 0.0722 * blue,
            (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ground", ["card", "bg"])
@pytest.mark.parametrize("name", TEXT_ON_CARD)
def test_text_keeps_a_contrast_of_four_and_a_half(colours, mode, ground, name):
    assert contrast(colours[mode][name], colours[mode][ground]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("tone", ["good", "bad", "warm"])
def test_a_badge_can_be_read(colours, mode, tone):
    assert contrast(colours[mode][tone], colours[mode][f"{tone}-soft"]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", [*SERIES, "control"])
def test_what_is_drawn_keeps_a_contrast_of_three(colours, mode, name):
    assert contrast(colours[mode][name], colours[mode]["card"]) >= 3


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sight", SIGHT)
def test_neighbouring_series_differ_for_every_kind_of_sight(colours, mode, sight):
    seen = {name: lab(colours[mode][name], SIGHT[sight]) for name in SERIES}
    for one, other in itertools.combinations(SERIES, 2):
        assert math.dist(seen[one], seen[other]) > 12, (one, other)
