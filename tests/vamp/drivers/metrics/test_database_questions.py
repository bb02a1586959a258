from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vamp.drivers.metrics.database_questions import (
    SUMMED,
    WINDOWS_A_STATEMENT,
    traffic_statements,
)
from vamp.ports.metrics import Window

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON_US = 1_772_366_400_000_000


def window(number=0, **named):
    start = NOON + timedelta(seconds=number)
    return Window("shop", start, start + timedelta(seconds=1), **named)


def test_traffic_statements__route_and_version__narrow_where_they_are_given():
    ((statement, values),) = traffic_statements(
        "acme", "production", [window(), window(route="a"), window(route="a", version="1")]
    )

    selects = statement.split(" UNION ALL ")
    assert [select.partition(",")[0] for select in selects] == ["SELECT 0", "SELECT 1", "SELECT 2"]
    assert [select.count("SUM(") for select in selects] == [len(SUMMED)] * 3
    assert [select.count("route = %s") for select in selects] == [0, 1, 1]
    assert [select.count("version = %s") for select in selects] == [0, 0, 1]
    place = ["acme", "production", "shop", NOON_US, NOON_US + 1_000_000]
    assert values == [*place, *place, "a", *place, "a", "1"]


def test_traffic_statements__more_windows_than_one_takes__are_numbered_on():
    count = WINDOWS_A_STATEMENT + 1

    first, second = traffic_statements("acme", "production", [window(n) for n in range(count)])

    assert first[0].count("UNION ALL") == WINDOWS_A_STATEMENT - 1
    assert second[0].startswith(f"SELECT {WINDOWS_A_STATEMENT},")
    assert second[0].count("%s") == len(second[1]) == 5


def test_traffic_statements__text_of_a_name__is_a_value_and_never_in_the_statement():
    ((statement, values),) = traffic_statements("acme", "production", [window(route="'; DROP")])

    assert "DROP" not in statement
    assert "'; DROP" in values


def test_traffic_statements__no_window__is_none():
    assert list(traffic_statements("acme", "production", [])) == []
