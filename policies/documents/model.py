"""The shape of a `ReleasePolicy` document: keys, types, defaults. Rules across keys are in `rules`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag
from pydantic.alias_generators import to_camel

from policies.documents.names import (
    HeaderName,
    HeaderValue,
    HookMethod,
    HookUrl,
    Label,
    MetricName,
    OperatorName,
    PolicyName,
)
from policies.domain.policy import OnTimeout
from vamp.documents.errors import refusal
from vamp.documents.units import Duration, Percent
from vamp.documents.validation import Strict

DEFAULT_WINDOW: Final = timedelta(seconds=30)
DEFAULT_MINIMUM_SAMPLES: Final = 100
DEFAULT_MAXIMUM_DURATION: Final = timedelta(hours=1)

MOST_STEPS: Final = 100
MOST_CONDITIONS: Final = 50
MOST_HOOKS: Final = 20

Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class _Camel(Strict):
    model_config = ConfigDict(alias_generator=to_camel)


def _one_or_more(items: tuple[Any, ...], what: str, most: int) -> tuple[Any, ...]:
    if not items:
        raise refusal("empty", f"at least one {what} is needed")
    if len(items) > most:
        raise refusal("too-many", f"{len(items)} are more than {most}")
    return items


class NamedLimit(_Camel):
    """``{baseline: NAME}``: the number that the policy's `baselines` gives that name."""

    baseline: Label


class SourceTolerance(_Camel):
    """How much worse than the source the target may be."""

    ratio: Annotated[Number, Field(gt=0)] | None = None
    difference: Annotated[Number, Field(ge=0)] | None = None


class SourceLimit(_Camel):
    """``{source: {ratio: 1.2}}``: the source version over the same window."""

    source: SourceTolerance


def _limit_kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return "named" if "baseline" in value else "source" if "source" in value else None
    if isinstance(value, NamedLimit | SourceLimit):
        return "named" if isinstance(value, NamedLimit) else "source"
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else None


Limit = Annotated[
    Annotated[Number, Tag("number")]
    | Annotated[NamedLimit, Tag("named")]
    | Annotated[SourceLimit, Tag("source")],
    Discriminator(
        _limit_kind,
        custom_error_type="baseline",
        custom_error_message="must be a number, {{baseline: NAME}} or {{source: {{ratio: NUMBER}}}}",
    ),
]


class EvidenceDefaults(_Camel):
    """What a condition may say for itself, or the policy for all of its conditions."""

    window: Duration | None = None
    interval: Duration | None = None
    grace_period: Duration | None = None
    minimum_samples: Count | None = None
    failures: Count | None = None
    successes: Annotated[Count, Field(ge=1)] | None = None


class ConditionDocument(EvidenceDefaults):
    """A named metric, an operator and a baseline."""

    name: Label | None = None
    metric: MetricName
    operator: OperatorName
    baseline: Limit
    critical: bool = True


class SourceShare(_Camel):
    """The source's part of a step."""

    weight: Percent


class TargetShare(_Camel):
    """The target's part of a step."""

    weight: Percent
    condition: Annotated[str, Field(max_length=2048)] | None = None
    strength: Percent | None = None


class StepDocument(_Camel):
    """One split of traffic and the evidence that it takes to leave it."""

    name: Label | None = None
    source: SourceShare | None = None
    target: TargetShare
    minimum_duration: Duration = timedelta()
    maximum_duration: Duration = DEFAULT_MAXIMUM_DURATION
    on_timeout: OnTimeout = OnTimeout.ROLLBACK
    approval: bool = False
    conditions: Annotated[
        tuple[ConditionDocument, ...],
        AfterValidator(lambda items: _one_or_more(items, "condition", MOST_CONDITIONS)),
    ]


class BaselineDocument(_Camel):
    """A number with a name, for one metric."""

    metric: MetricName
    value: Number


class HookDocument(_Camel):
    """One HTTP call."""

    url: HookUrl
    method: HookMethod = "POST"
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)
    timeout: Annotated[Duration, Field(gt=timedelta(), le=timedelta(minutes=1))] = timedelta(
        seconds=10
    )
    retries: Annotated[int, Field(ge=0, le=20)] = 5


Hooks = Annotated[tuple[HookDocument, ...], Field(max_length=MOST_HOOKS)]


class HooksDocument(_Camel):
    """Calls by event."""

    on_start: Hooks = ()
    on_step: Hooks = ()
    on_success: Hooks = ()
    on_failure: Hooks = ()


class PolicyDocument(EvidenceDefaults):
    """A plan for how a new version of a service is released."""

    kind: Literal["ReleasePolicy"]
    name: PolicyName
    title: Annotated[str, Field(max_length=200)] = ""
    description: Annotated[str, Field(max_length=10_000)] = ""
    promote: bool = True
    baselines: dict[Label, BaselineDocument] = Field(default_factory=dict)
    steps: Annotated[
        tuple[StepDocument, ...],
        AfterValidator(lambda items: _one_or_more(items, "step", MOST_STEPS)),
    ]
    hooks: HooksDocument = HooksDocument()
