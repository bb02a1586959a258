"""Columns of the admin's lists: times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

from vamp.admin_columns import moment_column

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_moment_column__a_time__is_shown_with_the_exact_one_on_hover():
    column = moment_column("changed_at", "changed")

    shown = column(None, SimpleNamespace(changed_at=AT))

    assert 'title="2026-01-02 03:04:05 UTC"' in shown
    assert (column.short_description, column.admin_order_field) == ("changed", "changed_at")


def test_moment_column__no_time__says_what_that_means():
    row = SimpleNamespace(expires_at=None)

    assert moment_column("expires_at", "expires")(None, row) == "–"
    assert moment_column("expires_at", "expires", without="never")(None, row) == "never"


def test_moment_column__sorted_by_another_field_or_none__says_so():
    assert moment_column("at", "when", ordering="id").admin_order_field == "id"
    assert not hasattr(moment_column("at", "when", ordering=None), "admin_order_field")
