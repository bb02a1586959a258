"""Lists by the beginning of a name: what somebody has typed of it so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from django.db.models import QuerySet
from rest_framework import serializers

from vamp.api.query import Query

LAST: Final = "\U0010ffff"
"""Sorts behind every character that a name may hold, in every collation that we use."""

Rows = TypeVar("Rows", bound=QuerySet[Any])


class BeginsQuery(Query):
    """The beginning of a name."""

    begins = serializers.CharField(
        required=False,
        max_length=127,
        trim_whitespace=False,
        help_text="Only those whose names begin so, in the order of names.",
    )


def beginning(
    rows: Rows, wanted: Mapping[str, Any], *, field: str = "name", before: str = ""
) -> Rows:
    """Return those of `rows` whose names begin as `wanted`, in their order; else `rows` as they are.

    By a range, so that an index of the name serves, as none does for a LIKE that minds capitals; and
    by that LIKE as well, for orders that do not mind them.

    Args:
        rows: narrowed by tenant already.
        wanted: checked query parameters, see `BeginsQuery`.
        field: that holds the names.
        before: stands before the name in the field, such as ``acme/`` in logins.
    """
    begins = wanted.get("begins")
    if not begins:
        return rows
    text = f"{before}{begins}"
    ranged = {f"{field}__gte": text, f"{field}__lt": text + LAST, f"{field}__startswith": text}
    return rows.filter(**ranged).order_by(field)
