from __future__ import annotations

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
