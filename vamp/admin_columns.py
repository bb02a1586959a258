"""Columns of the admin's lists that more than one kind of row has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin

from vamp.templatetags.vamp_pages import moment

Column = Callable[[Any, Any], str]


def moment_column(
    field: str, description: str, *, ordering: str | None = "", without: str = ""
) -> Column:
    """Return a column with a time: relative, with the exact one on hover.

    Args:
        field: of the row, with the time; None where there is none.
        description: heads the column.
        ordering: field that the list is sorted by; the same by default, None for not at all.
        without: stands where there is no time; a dash by default.
    """

    @admin.display(description=description, ordering=field if ordering == "" else ordering)
    def column(self: Any, row: Any) -> str:
        at = getattr(row, field)
        return without if at is None and without else str(moment(at))

    return column
