from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vamp.documents.source import Source
from vamp.documents.units import (
    LONGEST_DURATION,
    Duration,
    Percent,
    format_duration,
    format_percent,
    parse_duration,
    parse_percent,
)
from vamp.documents.validation import Strict, validated
from vamp.errors import Invalid


class Measures(Strict):
    share: Percent = 0
    span: Duration = timedelta()


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=200)
def test_percent__written_and_read__is_the_same(hundredths):
    assert parse_percent(format_percent(hundredths)) == hundredths


@pytest.mark.parametrize(
    ("text", "hundredths"),
    [
        ("0%", 0),
        ("100%", 10_000),
        ("100.00%", 10_000),
        ("12.5%", 1250),
        ("12.05%", 1205),
        ("9%", 900),
    ],
)
def test_parse_percent__exact_text__gives_hundredths(text, hundredths):
    assert parse_percent(text) == hundredths


@pytest.mark.parametrize(
    "text",
    [
        "",
        "%",
        "50",
        "-1%",
        "101%",
        "100.01%",
        "1.234%",
        "1,5%",
        "5 %",
        "0x5%",
        "\u0665%",
        "1e1%",
        "5%\n",
    ],
)
def test_parse_percent__anything_else__is_refused(text):
    with pytest.raises(ValueError, match=r"%|share"):
        parse_percent(text)


@given(st.integers(0, LONGEST_DURATION // timedelta(milliseconds=1)))
@settings(deadline=None, max_examples=200)
def test_duration__written_and_read__is_the_same(milliseconds):
    duration = timedelta(milliseconds=milliseconds)

    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("0s", 0), ("250ms", 250), ("30s", 30_000), ("5m", 300_000), ("1h30m", 5_400_000),
        ("1d", 86_400_000), ("1m0s", 60_000), ("90m", 5_400_000),
    ],
)  # fmt: skip
def test_parse_duration__units__are_exact(text, milliseconds):
    assert parse_duration(text) == timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(
    "text", ["", "5", "5 s", "1.5s", "s", "1s1m", "-1s", "1w", "4000d", "1S", "1s "]
)
def test_parse_duration__anything_else__is_refused(text):
    with pytest.raises(ValueError, match=r"duration|longer"):
        parse_duration(text)


def test_measures__built_in_python__take_hundredths_and_timedelta():
    measures = Measures(share=1250, span=timedelta(milliseconds=90_250))

    assert measures.model_dump(mode="json") == {"share": "12.5%", "span": "1m30s250ms"}


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ({"share": 50}, "write 50%"),
        ({"span": 5}, "write 5s"),
        ({"share": True}, ""),
        ({"span": None}, ""),
    ],
)
def test_measures__bare_number_in_a_document__is_refused_with_the_text_to_write(value, hint):
    with pytest.raises(Invalid) as caught:
        validated(Measures, Source.of(value))

    assert [fault.hint for fault in caught.value.faults] == [hint]


@pytest.mark.parametrize(
    "value", [{"share": 10_001}, {"share": -1}, {"span": timedelta(microseconds=1)}]
)
def test_measures__out_of_range_in_python__are_refused(value):
    with pytest.raises(ValueError, match=r"outside|whole milliseconds"):
        Measures(**value)
