from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from vamp.models.rollup import (
    LATENCY_COLUMNS,
    STATUS_COLUMNS,
    RollupRow,
    microseconds,
    rollup_key,
)


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_start__any_moment__comes_back_to_the_microsecond(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC)

    assert RollupRow(start_us=microseconds(moment)).start == moment


def test_microseconds__another_zone__is_the_same_moment() -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)

    elsewhere = moment.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert microseconds(elsewhere) == microseconds(moment)


def test_rollup_key__ids_of_any_length__is_of_one_length_and_distinct() -> None:
    keys = {rollup_key("x" * length) for length in range(500)}

    assert len(keys) == 500
    assert {len(key) for key in keys} == {32}


def test_rollup_row__columns__are_one_for_each_counter() -> None:
    names = {field.name for field in RollupRow._meta.get_fields()}

    assert names >= {*STATUS_COLUMNS, *LATENCY_COLUMNS}
    assert (len(STATUS_COLUMNS), len(LATENCY_COLUMNS)) == (6, 32)


def test_rollup_row__shown__names_what_and_when() -> None:
    row = RollupRow(gateway="shop", route="stable", start_us=0)

    assert str(row) == "shop/stable from 1970-01-01T00:00:00+00:00"
