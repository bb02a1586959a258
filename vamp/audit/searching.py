"""Looking for words in entries: in who, what and from where, and inside before and after.

No index knows what is inside of words, so a search reads. It reads the newest entries of what is
wanted by time, organisation and environment, which are indexed, as many as `vamp.merged` says, and
no more: whoever looks for something older narrows the time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Func, Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Lower

Row = TypeVar("Row", bound=Model)

SEARCHED = (
    "actor", "verb", "kind", "name", "token", "request_id", "source_address", "before", "after",
)  # fmt: skip


def holding(
    rows: QuerySet[Row], words: Sequence[str], fields: Sequence[str] = SEARCHED
) -> QuerySet[Row]:
    """Return those of `rows` in which each word occurs, in whatever case. Reads all of `rows`.

    Args:
        rows: of any kind that has `fields`.
        words: without spaces.
        fields: texts and JSON.
    """
    if not words:
        return rows
    held: Any = rows.alias(said=Lower(_joined(fields)))
    for word in words:
        found = Q()
        for form in forms_of(word):
            found |= Q(said__contains=form)
        held = held.filter(found)
    narrowed: QuerySet[Row] = held
    return narrowed


def forms_of(word: str) -> Sequence[str]:
    """Return how a word may stand in a row, in lower case: as it is, or as JSON writes it. Pure.

    Databases keep JSON as it was sent, with what is not ASCII escaped, or as they would write it.
    """
    forms = [word.lower()]
    forms += [json.dumps(each)[1:-1].lower() for each in (word, word.lower(), word.upper())]
    return list(dict.fromkeys(forms))


class _Lines(Func):
    """Texts joined by line breaks, as flat as can be: SQLite's parser gives up on nested calls."""

    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = TextField()

    def as_mysql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """Say the same where ``||`` is an *or*."""
        return self.as_sql(
            compiler, connection, template="CONCAT(%(expressions)s)", arg_joiner=", ", **more
        )


def _joined(fields: Sequence[str]) -> _Lines:
    parts: list[Any] = []
    for name in fields:
        text = Cast(name, TextField())
        # A word holds no line break, so none is found half in one field and half in the next.
        parts += [Coalesce(text, Value("")), Value("\n")]
    return _Lines(*parts)
