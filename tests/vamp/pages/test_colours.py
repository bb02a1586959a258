from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vamp.pages.colours import SLOTS, hue_slot


@given(st.text(max_size=40))
def test_hue_slot__any_text__is_a_slot_and_always_the_same(version):
    assert 0 <= hue_slot(version) < SLOTS
    assert hue_slot(version) == hue_slot(version)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1.0.0", "1.1.0"), ("1.1.0", "1.2.0"), ("1.1.0", "1.1.1"), ("1.9.0", "2.0.0"), ("1", "2")],
)
def test_hue_slot__neighbouring_versions__are_far_apart_on_the_wheel(one, other):
    apart = abs(hue_slot(one) - hue_slot(other))

    assert min(apart, SLOTS - apart) >= SLOTS // 8


def test_hue_slot__leading_v__is_the_same_version():
    assert hue_slot("v1.2.3") == hue_slot("1.2.3")


def oklch(lightness, chroma, hue):
    """Return linear sRGB of an OKLCH colour (Ottosson 2020, the matrices of CSS Color 4)."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return [min(1.0, max(0.0, part)) for part in linear]


def contrast(one, other):
    """Return the contrast of two linear colours (WCAG 2.2)."""
    bright, dark = sorted(
        (0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (one, other)),
        reverse=True,
    )
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("rule", "background"),
    [(r'^\[class\*="hue-"\]', [1.0, 1.0, 1.0]), (r"^\.dark ", oklch(0.24, 0.034, 264.665))],
    ids=["light", "dark"],
)
def test_stylesheet__every_slot__stands_out_from_the_page(rule, background):
    text = (Path(__file__).parents[3] / "static/vamp/css/hues.css").read_text()
    found = re.search(rule + r".*oklch\(([\d.]+) ([\d.]+) ", text, re.MULTILINE)
    hues = [int(hue) for hue in re.findall(r"--hue: (\d+);", text)]

    assert found is not None
    assert len(hues) == SLOTS
    for hue in hues:
        assert contrast(oklch(float(found[1]), float(found[2]), hue), background) >= 3, hue
