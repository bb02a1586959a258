"""Query parameters: checked like bodies, and none that is not known."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

PAGES = frozenset({"page", "per_page"})


class Query(serializers.Serializer[Any]):
    """Base of the forms of query parameters.

    A parameter that is not known is refused: a misspelt ``?dry_run`` must not become a real change.
    """

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown parameters, convert the known ones.

        Raises:
            ValidationError: with one fault for each parameter that is wrong.
        """
        is_paged = getattr(self.context.get("view"), "pagination_class", None) is not None
        allowed = set(self.fields) | (PAGES if is_paged else set())
        unknown = sorted(set(data) - allowed)
        if unknown:
            known = ", ".join(sorted(allowed)) or "none"
            raise serializers.ValidationError(
                {name: [f"unknown parameter; known here: {known}"] for name in unknown}
            )
        return super().to_internal_value(data)


class NoQuery(Query):
    """For addresses that take no parameters of their own."""


class WriteQuery(Query):
    """What every write of an environment's things takes."""

    dry_run = serializers.BooleanField(
        default=False, help_text="Check everything and answer as usual, but change nothing."
    )
