"""What an older structure can take of a newer part."""

from __future__ import annotations

from gateways.agent.live import adapted
from gateways.haproxy.config import Endpoint
from gateways.haproxy.render import render_part
from tests.gateways.haproxy.builders import gateway

OLD = {"a": Endpoint("i-a", "127.0.0.1", 9001), "b": Endpoint("i-b", "127.0.0.1", 9002)}


def test_adapted__new_weights_and_servers__are_taken():
    held = render_part(gateway("shop", OLD, {"a": 10_000, "b": 0}))
    moved = {**OLD, "b": Endpoint("i-c", "127.0.0.1", 9003)}
    wanted = render_part(gateway("shop", moved, {"a": 0, "b": 10_000}, generation=2))

    found = adapted(held, wanted)

    assert (found.layouts, found.servers) == (wanted.layouts, wanted.servers)
    assert (found.sections, found.generation) == (held.sections, 1)


def test_adapted__weight_for_a_route_that_it_does_not_know__keeps_its_own():
    held = render_part(gateway("shop", OLD, {"a": 10_000, "b": 0}))
    more = {**OLD, "c": Endpoint("i-c", "127.0.0.1", 9003)}
    wanted = render_part(gateway("shop", more, {"a": 5_000, "b": 0, "c": 5_000}, generation=2))

    assert adapted(held, wanted).layouts == held.layouts


def test_adapted__new_route_without_weight__follows_the_others():
    held = render_part(gateway("shop", OLD, {"a": 5_000, "b": 5_000}))
    more = {**OLD, "c": Endpoint("i-c", "127.0.0.1", 9003)}
    wanted = render_part(gateway("shop", more, {"a": 10_000, "b": 0, "c": 0}, generation=2))

    assert adapted(held, wanted).layouts == wanted.layouts
