"""The OpenAPI description: what the views cannot say by themselves."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from pydantic.json_schema import model_json_schema
from rest_framework import serializers

_READS = {
    "400": "A query parameter is wrong.",
    "401": "No token, or one that is not valid.",
    "403": "Known, but not allowed to do this.",
    "404": "Not there, or another tenant's.",
    "503": "A part that this needs does not answer; repeating later is safe.",
}
_WRITES = {
    **_READS,
    "400": "What was sent is not valid; every fault is listed.",
    "409": "In conflict with what is there.",
    "412": "Changed since the revision that If-Match names.",
    "413": "The body is too large.",
    "415": "Neither JSON nor YAML.",
    "422": "Understood, and refused as a whole.",
}


class FaultSerializer(serializers.Serializer[Any]):
    """One thing that is wrong, and where."""

    pointer = serializers.CharField(help_text="RFC 6901 pointer into what was sent.")
    message = serializers.CharField()
    hint = serializers.CharField(required=False, help_text="How to mend it.")
    line = serializers.IntegerField(required=False, help_text="Line of the text, from 1.")
    column = serializers.IntegerField(required=False, help_text="Column of the text, from 1.")
    code = serializers.CharField(required=False, help_text="A stable word for programs.")


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem document with all faults."""

    type = serializers.CharField(help_text="Stable, such as urn:vamp:problem:invalid.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FaultSerializer(many=True, required=False)  # type: ignore[assignment]


class Described(AutoSchema):
    """Adds a view's query parameters, and the problems that any operation may answer with."""

    def get_override_parameters(self) -> list[Any]:
        """Return the form of the query parameters that the view checks."""
        form = getattr(self.view, "queries", {}).get(self.method)
        return [form] if form is not None else []

    def get_tags(self) -> list[str]:
        """Return the first word of the operation's id, which is the kind of thing it is about."""
        return [self.get_operation_id().partition("_")[0]]

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with its problems."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        reference = self.resolve_serializer(ProblemSerializer, "response").ref
        statuses = _READS if self.method == "GET" else _WRITES
        for status, description in statuses.items():
            if status == "404" and "{" not in self.path:
                continue
            operation["responses"][status] = {
                "description": description,
                "content": {"application/problem+json": {"schema": reference}},
            }
        return operation


class DocumentExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Describes pydantic models by what may be sent, not by what they print."""

    target_class = "pydantic.BaseModel"
    match_subclasses = True
    priority = 1

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str:
        """Return the name of the component."""
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        """Return the JSON Schema, its parts as components of their own."""
        schema: dict[str, Any] = model_json_schema(
            self.target, ref_template="#/components/schemas/{model}", mode="validation"
        )
        for name, part in schema.pop("$defs", {}).items():
            component = ResolvedComponent(  # type: ignore[no-untyped-call]
                name=name, type=ResolvedComponent.SCHEMA, object=name, schema=part
            )
            auto_schema.registry.register_on_missing(component)
        return schema
