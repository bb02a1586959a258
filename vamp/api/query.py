"""Query parameters: checked like bodies, and none that is not known."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

PAGES = frozenset({"page", "per_page"})


class Query(serializers.Serializer[Any]):
    """Base of the forms of query parameters.

    A parameter that is not known, or has no value, is refused: neither ``?dryrun=true`` nor a bare
    ``?dry_run`` may become a real change.
    """

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown and empty parameters, convert the others.

        Raises:
            ValidationError: with one fault for each parameter that is wrong.
        """
        is_paged = getattr(self.context.get("view"), "pagination_class", None) is not None
        allowed = set(self.fields) | (PAGES if is_paged else set())
        known = ", ".join(sorted(allowed)) or "none"
        faults = {
            name: ["this parameter has no value"]
            if name in allowed
            else [f"unknown parameter; known here: {known}"]
            for name in sorted(data)
            if name not in allowed or data[name] == ""
        }
        if faults:
            raise serializers.ValidationError(faults)
        return super().to_internal_value(data)


class NoQuery(Query):
    """For addresses that take no parameters of their own."""


class WriteQuery(Query):
    """What every write of an environment's things takes."""

    dry_run = serializers.BooleanField(
        default=False, help_text="Check everything and answer as usual, but change nothing."
    )
