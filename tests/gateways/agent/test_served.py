"""What is served, in memory and on disk, without a HAProxy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.agent.agent import SystemClock
from gateways.agent.faults import Faults
from gateways.agent.served import Served, labels_of, structure_of
from gateways.agent.store import OwnFacts, Store
from gateways.haproxy.config import Endpoint
from gateways.haproxy.numbers import placed
from gateways.haproxy.part import Part, RouteLabel
from gateways.haproxy.render import render_part
from tests.gateways.agent.stand import Stand, fetched
from tests.gateways.haproxy.builders import gateway

ROUTES = {"a": Endpoint("i-a", "127.0.0.1", 9001), "b": Endpoint("i-b", "127.0.0.1", 9002)}
FACTS = OwnFacts(9100, "secret", 8080, "127.0.0.1")


def shop(generation: int = 1, weight: int = 10_000) -> Part:
    weights = {"a": weight, "b": 10_000 - weight}
    return render_part(gateway("shop", ROUTES, weights, generation=generation))


@pytest.fixture
def stand(folder) -> Stand:
    """Nothing is started: `Served` only takes HAProxy along."""
    found = Stand(folder, program="false")
    keep(found, shop())
    return found


def keep(stand: Stand, *parts: Part) -> None:
    target = placed(parts, before=stand.served.live.placement)
    stand.served.keep([fetched(part) for part in parts], target)
    stand.served.started_with(target)


def again(stand: Stand) -> Served:
    """What the next agent on the same folder begins with."""
    faults = Faults(SystemClock())
    return Served(stand.haproxy, Store(stand.places), faults, FACTS, lambda: None)


def test_served__begun_again__has_what_the_disk_has(stand):
    found = again(stand)

    assert found.fetched() == {"shop": fetched(shop())}
    assert found.live.placement == stand.served.live.placement
    assert found.labels["shop:a"].route == "a"
    assert found.applied == {}


def test_changed__new_same_and_refused__is_only_what_is_new(stand):
    served, second = stand.served, shop(2)
    other = Part("other", 1, "backend other:a\n")

    before = served.changed(stand.wanted(second, other))
    served.refuse("check", fetched(second), "It is refused")
    after = served.changed(stand.wanted(second, other))

    assert served.changed(stand.wanted(shop())) == []
    assert before == [fetched(second), fetched(other)]
    assert after == [fetched(other)]
    assert served.changed(stand.wanted(shop(3))) == [fetched(shop(3))]
    assert stand.messages() == {"shop": "It is refused"}


def test_accept__of_a_refused_gateway__clears_its_faults(stand):
    for kind in ("check", "probe", "port"):
        stand.served.refuse(kind, fetched(shop(2)), "It is refused")

    stand.served.accept([shop(2)])

    assert stand.messages() == {}
    assert stand.served.changed(stand.wanted(shop(2))) == [fetched(shop(2))]


def test_gone__gateway_is_not_wanted__is_named_and_forgotten(stand):
    keep(stand, shop(), Part("other", 1, "backend other:a\n"))
    stand.served.refuse("check", fetched(Part("other", 2, "")), "It is refused")

    gone = stand.served.gone(stand.wanted(shop()))
    keep(stand, shop())
    stand.served.forget(gone)

    assert gone == {"other"}
    assert stand.messages() == {}
    assert stand.served.fetched().keys() == again(stand).fetched().keys() == {"shop"}


def test_restore__what_was_kept_did_not_go_live__disk_has_what_is_served(stand):
    before = stand.served.fetched()
    parts = [shop(2), Part("other", 1, "backend other:a\n")]
    target = placed(parts, before=stand.served.live.placement)
    stand.served.keep([fetched(part) for part in parts], target)
    kept = Store(stand.places).parts().keys()

    stand.served.restore(before)

    assert kept == {"shop", "other"}
    assert stand.served.fetched() == again(stand).fetched() == before


def test_publish__some_or_all__tells_the_other_threads(stand):
    other = Part("other", 5, "", labels={"other:x": RouteLabel("x", "other", "2.0")})
    stand.served.publish()
    first = dict(stand.served.applied)
    keep(stand, shop(2), other)

    stand.served.publish(["other"])
    some = dict(stand.served.applied)
    stand.served.publish()

    assert (first, some) == ({"shop": 1}, {"shop": 1, "other": 5})
    assert stand.served.applied == {"shop": 2, "other": 5}
    assert stand.served.labels["other:x"] == RouteLabel("x", "other", "2.0")
    assert stand.published == 3


def test_is_running__other_worker_structure_or_facts__is_not_known(stand):
    served = stand.served

    served.note_running(4711)
    known = served.is_running(4711)
    other_worker = served.is_running(4712)
    served.facts = replace(served.facts, bind="127.0.0.2")

    assert (known, other_worker, served.is_running(4711)) == (True, False, False)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 99))
def test_structure_of__other_weights_and_generation__is_the_same(weight, generation):
    assert structure_of([shop()], FACTS) == structure_of([shop(generation, weight)], FACTS)


@pytest.mark.parametrize(
    "change",
    [{"sections": "backend shop:c\n"}, {"ports": (9050,)}, {"servers": {}}],
)
def test_structure_of__what_only_a_reload_changes__is_another(change):
    assert structure_of([shop()], FACTS) != structure_of([replace(shop(), **change)], FACTS)


def test_labels_of__many_parts__are_by_backend():
    one, two = (Part(n, 1, "", labels={f"{n}:r": RouteLabel("r", n)}) for n in ("one", "two"))

    assert labels_of([one, two]) == {
        "one:r": RouteLabel("r", "one"),
        "two:r": RouteLabel("r", "two"),
    }
