"""What an organisation's new environments begin with: a document that is copied at creation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from vamp.documents.source import Source
from vamp.documents.validation import Strict, validated

StageName = Literal["development", "test", "acceptance", "production"]

FIRST_STAGE: Final = "development"

PLACES: Final = ("organisation", "environment", "stage")
"""What a pattern may name in braces."""

_BRACED = re.compile(r"\{([^{}]*)\}")


def _check_pattern(text: str) -> str:
    unknown = [name for name in _BRACED.findall(text) if name not in PLACES]
    if unknown or _BRACED.sub("", text).strip("{}") != _BRACED.sub("", text):
        raise PydanticCustomError(
            "pattern",
            "braces may hold organisation, environment or stage, such as {organisation}-{stage}",
        )
    return text


Pattern = Annotated[str, Field(max_length=255), AfterValidator(_check_pattern)]
Order = Annotated[int, Field(ge=0, le=32_767)]


class EnvironmentDefaults(Strict):
    """The template of an organisation's environments. What it leaves out is Vamp's own default.

    Attributes:
        stage: of an environment that names none.
        orders: stage → place in the pipeline.
        scheduler_url: a pattern, such as ``kubernetes://cluster.acme.test:6443``.
        namespace: a pattern, such as ``{organisation}-{environment}``.
        service_label: label that names services; empty for Vamp's own default.
        version_label: likewise of versions.
        shared_port: port for gateways that have hosts; 0 for the installation's.
        kv_url: a pattern; empty for the organisation's store.
        metrics_url: likewise.
        events_url: likewise.
    """

    stage: StageName | None = None
    orders: Mapping[StageName, Order] = Field(default_factory=dict)
    scheduler_url: Pattern = ""
    namespace: Pattern = ""
    service_label: Annotated[str, Field(max_length=127)] = ""
    version_label: Annotated[str, Field(max_length=127)] = ""
    shared_port: Annotated[int, Field(ge=0, le=65_535)] = 0
    kv_url: Pattern = ""
    metrics_url: Pattern = ""
    events_url: Pattern = ""

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> EnvironmentDefaults:
        """Return the template that `value` says.

        Raises:
            Invalid: with every fault; pointers are those within `value`.
        """
        return validated(cls, Source.of(dict(value)))

    def filled(
        self, organisation: str, environment: str, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the fields of a new environment: those `given`, then those of the template.

        Args:
            organisation: name.
            environment: name.
            given: fields that whoever makes the environment named; each stays as it is. Who names
                a scheduler gets no namespace from the template, which is one of another scheduler.
        """
        stage = str(given.get("stage") or self.stage or FIRST_STAGE)
        names = {"organisation": organisation, "environment": environment, "stage": stage}
        found: dict[str, Any] = {"stage": stage} if self.stage else {}
        if stage in self.orders:
            found["order"] = self.orders[stage]  # type: ignore[index]
        for field in PATTERNS:
            if pattern := getattr(self, field):
                found[field] = _BRACED.sub(lambda match: names[match[1]], pattern)
        for field in ("service_label", "version_label", "shared_port"):
            if value := getattr(self, field):
                found[field] = value
        if "scheduler_url" in given:
            found.pop("namespace", None)
        return {**found, **given}


PATTERNS: Final = ("scheduler_url", "namespace", "kv_url", "metrics_url", "events_url")
"""Fields of `EnvironmentDefaults` that may name organisation, environment and stage."""
