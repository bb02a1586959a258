"""What is wrong at present."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateways.agent.faults import LONGEST_MESSAGE, AgentFault, Faults
from gateways.agent.losses import Losses

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Moments:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def test_faults__raised_again_with_other_words__keeps_its_beginning():
    told = []
    faults = Faults(Moments(), on_change=lambda: told.append(1))

    faults.set("check", "shop", "one")
    faults.set("check", "shop", "one")
    faults.set("check", "shop", "two" * LONGEST_MESSAGE)
    found = faults.present()
    faults.clear("check", "shop")
    faults.clear("check", "shop")

    assert [(f.since, len(f.message)) for f in found] == [
        (NOW + timedelta(seconds=1), LONGEST_MESSAGE)
    ]
    assert faults.present() == ()
    assert len(told) == 3


def test_faults__keep_only__clears_the_others_of_that_kind():
    faults = Faults(Moments())
    for kind in ("part", "port"):
        for gateway in ("a", "b"):
            faults.set(kind, gateway, kind)

    faults.keep_only("part", frozenset({"a"}))

    assert [(f.gateway, f.message) for f in faults.present()] == [
        ("a", "part"), ("a", "port"), ("b", "port"),
    ]  # fmt: skip
    assert isinstance(faults.present()[0], AgentFault)


def test_losses__nothing_lost__are_not_noted():
    losses = Losses(Moments())

    losses.add(0, "nothing")
    losses.add(-3, "a counter that began anew")
    none = losses.noted()
    losses.add(2, "two")

    assert (none, losses.noted()) == ((0, None), (2, NOW + timedelta(seconds=1)))
