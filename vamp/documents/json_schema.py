"""JSON Schema of document models, for editors, for other languages, and for our own hints."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from vamp.documents.units import PERCENT_PATTERN, format_duration, format_percent


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a document model."""
    found = model.model_json_schema(schema_generator=_Generator)
    for described in (found, *found.get("$defs", {}).values()):
        if "description" in described:
            # What follows the first paragraph of a docstring is for readers of the code.
            described["description"] = described["description"].partition("\n\n")[0]
    return {"$schema": GenerateJsonSchema.schema_dialect, **found}


class _Generator(GenerateJsonSchema):
    """Writes defaults of quantities the way documents write them."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        default = schema.get("default")
        if isinstance(default, timedelta):
            found["default"] = format_duration(default)
        elif isinstance(default, int) and found.get("pattern") == PERCENT_PATTERN:
            found["default"] = format_percent(default)
        return found
