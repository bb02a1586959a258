"""``render.N``: all gateways of an environment, documents → configs → parts. Pure."""

from __future__ import annotations

import gc
from collections.abc import Sequence

from gateways.documents.gateway import GatewayDocument
from gateways.haproxy.assemble import assemble
from gateways.haproxy.numbers import placed
from gateways.haproxy.part import Part
from gateways.haproxy.settings import AssembleSettings
from tests.bench.environment import environment_of
from tests.bench.measurement import Measurement, Target, percentile, rounded
from tests.bench.running import Tell, timed_ms

ROUNDS = {100: 100, 1_000: 30, 10_000: 9}

TARGETS_MS = {100: 5.0, 1_000: 50.0, 10_000: 500.0}


def measure(count: int, tell: Tell) -> Measurement:
    """Render `count` gateways, again and again."""
    tell("reading documents")
    environment = environment_of(count)
    template = _template(environment.part(environment.documents[0]))
    samples, floors, assemblies = [], [], []
    parts: list[Part] = []
    for number in range(ROUNDS[count]):
        tell(f"round {number + 1} of {ROUNDS[count]}")
        parts.clear()
        gc.collect()
        samples.append(timed_ms(lambda: parts.extend(environment.parts())))
        floors.append(timed_ms(lambda: _filled(template, environment.documents)))
        assemblies.append(timed_ms(lambda: _assembled(parts)))
    return Measurement(
        samples,
        "ms",
        floors,
        Target(TARGETS_MS[count]),
        is_right=len(parts) == count,
        more={"assemble_ms": rounded(percentile(assemblies, 0.5))},
    )


def _assembled(parts: Sequence[Part]) -> None:
    placement = placed(parts)
    settings = AssembleSettings("/var/lib/vamp", shared_port=8080)
    assemble(placement.parts.values(), placement.numbers, settings)


def _template(part: Part) -> str:
    """Return the published text of `part` with a place for the name wherever it stands."""
    text = part.to_json().replace("{", "{{").replace("}", "}}")
    return text.replace(part.gateway, "{0}")


def _filled(template: str, documents: Sequence[GatewayDocument]) -> list[str]:
    return [template.format(document.name) for document in documents]
