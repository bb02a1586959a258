"""``render.one-of-N``: one gateway's weights changed; its part is rendered anew, the others not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median

from gateways.documents.gateway import GatewayDocument
from gateways.domain.layout import rebalance
from gateways.haproxy.difference import Change, difference
from gateways.haproxy.manifest import Manifest, ManifestEntry
from gateways.haproxy.numbers import Placement, placed
from gateways.haproxy.part import Part, digest
from tests.bench.environment import Environment, environment_of
from tests.bench.measurement import Measurement, Target, rounded
from tests.bench.running import Tell, timed_ms

FEW = 100
ROUNDS = 300
SHARES = (1_000, 2_500)
"""What the second version has by turns."""


def measure(count: int, tell: Tell) -> Measurement:
    """Change one of `count` gateways, and one of `FEW`, by turns."""
    tell("rendering everything once")
    many, few = _Control(count), _Control(FEW)
    samples, floors = [], []
    for number in range(ROUNDS):
        tell(f"round {number + 1} of {ROUNDS}")
        samples.append(many.changed_ms(number))
        floors.append(few.changed_ms(number))
    tell("letting an agent work out what to do")
    many.apply()
    few.apply()
    return Measurement(
        samples,
        "ms",
        floors,
        Target(1.2, of="ratio"),
        is_right=bool(many.change.flips) and not many.change.needs_reload,
        more={
            "agent_ms": rounded(median(many.agent_ms)),
            "agent_floor_ms": rounded(median(few.agent_ms)),
            "manifest_ms": rounded(_manifest_ms(many)),
            "manifest_floor_ms": rounded(_manifest_ms(few)),
        },
    )


@dataclass(slots=True)
class _Held:
    """What an agent holds of one gateway."""

    placement: Placement


class _Control:
    """A control plane with an environment, and an agent that serves it."""

    def __init__(self, count: int) -> None:
        self.environment: Environment = environment_of(count)
        self.held = _Held(placed(self.environment.parts()))
        self.change = Change(needs_reload=False)
        self.agent_ms: list[float] = []
        self._changed: list[Part] = []

    def changed_ms(self, number: int) -> float:
        """Give one gateway another layout; return what its new published text costs."""
        documents = self.environment.documents
        document = documents[number * 7_919 % len(documents)]
        environment = self._with_share(document, SHARES[number % 2])

        def render() -> str:
            self._changed.append(environment.part(document, generation=number + 2))
            return digest(self._changed[-1].to_json())

        return timed_ms(render)

    def apply(self) -> None:
        """Let the agent take every changed part over, one after the other."""
        for part in self._changed:
            self.agent_ms.append(timed_ms(lambda: self._apply(part)))  # noqa: B023 called here

    def _with_share(self, document: GatewayDocument, share: int) -> Environment:
        stable, canary = (route.name for route in document.routes)
        before = self.environment.layouts[document.name]
        layout = rebalance(before, {stable: 10_000 - share, canary: share})
        return replace(self.environment, layouts={document.name: layout})

    def _apply(self, part: Part) -> None:
        # As gateways.agent.live.LiveHAProxy.change_for does it.
        held = self.held.placement
        new = placed([part], before=held)
        name = part.gateway
        self.held.placement = Placement(
            {**held.parts, **new.parts}, {**held.numbers, **new.numbers}
        )
        before = Placement({name: held.parts[name]}, {name: held.numbers[name]})
        self.change = difference(before, new)


def _manifest_ms(control: _Control) -> float:
    """Return what reading and writing the manifest costs, which lists every gateway."""
    entries = {
        document.name: ManifestEntry(1, digest(document.name))
        for document in control.environment.documents
    }
    text = Manifest(entries, 8080, ("vga-1", "vga-2")).to_json()
    again: Callable[[], str] = lambda: Manifest.from_json(text).to_json()  # noqa: E731
    return median(timed_ms(again) for _ in range(9))
