"""Changes of a real HAProxy: at run time or by a reload, probed, and taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateways.agent.runtime import CommandSocket, RuntimeUnavailable
from gateways.haproxy.config import Endpoint
from gateways.haproxy.part import BucketRange, Part, Probe
from gateways.haproxy.render import render_part
from tests.gateways.agent.stand import Stand, fetched
from tests.gateways.haproxy.builders import gateway
from tests.gateways.haproxy.live import free_port

pytestmark = pytest.mark.haproxy

ROUTES = {"a": Endpoint("i-a", "127.0.0.1", 9001), "b": Endpoint("i-b", "127.0.0.1", 9002)}


def shop(generation: int = 1, weight: int = 10_000) -> Part:
    weights = {"a": weight, "b": 10_000 - weight}
    return render_part(gateway("shop", ROUTES, weights, generation=generation))


def unsound(part: Part) -> Part:
    """Return a part that its probe will find to be another generation."""
    return replace(part, maps={**part.maps, "generations.map": {part.gateway: "77"}})


def all_of(backend: str) -> dict[str, tuple[BucketRange, ...]]:
    return {"shop": (BucketRange(0, 9_999, backend),)}


def layouts_in(stand: Stand) -> dict[str, tuple[BucketRange, ...]]:
    return dict(stand.served.parts["shop"].layouts)


@pytest.fixture
def serving(stand) -> Stand:
    stand.applier.apply_structure(stand.wanted(shop()))
    return stand


def test_apply_structure__nothing_runs__starts_probes_and_publishes(serving):
    assert serving.served.applied == {"shop": 1}
    assert serving.messages() == {}
    assert (serving.structure.reloads, serving.published) == (0, 1)


def test_apply_structure__new_gateway_fails_its_probe__is_taken_back(serving):
    other = render_part(gateway("other", ROUTES))
    wanted = serving.wanted(shop(), replace(other, probes=(Probe("tcp", free_port()),)))

    serving.applier.apply_structure(wanted)

    assert serving.served.applied == {"shop": 1}
    assert "Taken back, because HAProxy does not listen" in serving.messages()["other"]
    assert serving.served.changed(wanted) == []


def test_apply_runtime__weights_change__are_live_and_files_follow(serving):
    left = serving.applier.apply_runtime(serving.wanted(shop(2, 0)))
    behind = serving.applier.files_are_behind
    files = (serving.places.live / "maps" / "generations.map").read_text()
    unsettled = [path.name for path in serving.places.parts.glob("*.new")]
    serving.applier.catch_up()

    assert (left, behind, files, unsettled) == ([], True, "shop 1\n", ["shop.new"])
    assert list(serving.places.parts.glob("*.new")) == []
    assert serving.served.applied == {"shop": 2}
    assert serving.prober.probe(shop(2, 0), shared_port=serving.port) == ""
    assert (serving.places.live / "maps" / "generations.map").read_text() == "shop 2\n"
    assert not serving.applier.files_are_behind
    assert serving.structure.reloads == 0


def test_apply_runtime__probe_fails__last_good_serves_and_the_part_is_refused(serving):
    wanted = serving.wanted(unsound(shop(2, 0)))

    serving.applier.apply_runtime(wanted)

    assert serving.served.applied == {"shop": 1}
    assert layouts_in(serving) == all_of("shop:a")
    assert "generation 77, not 2" in serving.messages()["shop"]
    assert serving.prober.probe(shop(), shared_port=serving.port) == ""
    assert serving.applier.apply_runtime(wanted) == []


def test_apply_runtime__structure_changes_too__weights_do_not_wait_for_it(serving):
    part = shop(2, 0)
    second = replace(part, sections=f"{part.sections}\nbackend further\n")

    left = serving.applier.apply_runtime(serving.wanted(second))

    assert left == [fetched(second)]
    assert serving.served.applied == {"shop": 1}
    assert layouts_in(serving) == all_of("shop:b")


def test_apply_runtime__entry_is_missing_in_haproxy__is_repaired(serving):
    serving.haproxy.worker.run(["clear map maps/generations.map"])

    serving.applier.apply_runtime(serving.wanted(shop(2, 0)))

    assert serving.served.applied == {"shop": 2}
    assert serving.prober.probe(shop(2, 0), shared_port=serving.port) == ""


@pytest.mark.parametrize("is_sound", [True, False])
def test_make_sure__haproxy_did_not_answer__judges_and_publishes_what_was_sent(serving, is_sound):
    second = shop(2, 0) if is_sound else unsound(shop(2, 0))
    worker = serving.haproxy.worker
    serving.haproxy.worker = CommandSocket(serving.places.sockets / "none.sock")
    with pytest.raises(RuntimeUnavailable):
        serving.applier.apply_runtime(serving.wanted(second))
    during = dict(serving.served.applied)
    serving.haproxy.worker = worker

    serving.applier.make_sure()

    assert during == {"shop": 1}
    assert serving.served.applied == {"shop": 2 if is_sound else 1}
    assert layouts_in(serving) == all_of("shop:b" if is_sound else "shop:a")
    assert ("shop" in serving.messages()) is not is_sound
    assert serving.applier.apply_runtime(serving.wanted(second)) == []


def test_adopt__haproxy_of_an_agent_that_ended__is_repaired_and_published(serving, folder):
    serving.haproxy.worker.run(["clear map maps/hosts.map"])
    after = Stand(folder)
    after.served.facts = serving.served.facts
    adopted = after.haproxy.adopt()

    after.applier.adopt()

    assert adopted
    assert after.served.applied == {"shop": 1}
    assert after.prober.probe(shop(), shared_port=serving.port) == ""
    assert after.structure.reloads == 0
