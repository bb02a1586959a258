from __future__ import annotations

import os
import secrets
from urllib.parse import urlsplit, urlunsplit

import pytest
from redis import Redis

from tests.vamp.drivers.elasticsearch.server import Space
from vamp import wiring_of_leftovers
from vamp.ports.errors import PortUnavailable

QUEUE = "vamp.live"


def test_leftovers__of_embedded_stores__are_none():
    wiring_of_leftovers.forget_queues("filesystem:///x", [QUEUE])
    wiring_of_leftovers.forget_index_templates("db:", but=[])

    assert not wiring_of_leftovers.is_broker_empty("filesystem:///x")
    assert wiring_of_leftovers.index_templates("db:") == []


def test_broker__that_is_away__is_said_to_be():
    with pytest.raises(PortUnavailable, match="does not answer"):
        wiring_of_leftovers.is_broker_empty("redis://127.0.0.1:1/0")


@pytest.mark.stack
def test_queues__on_a_real_server__go_and_other_keys_stay():
    parts = urlsplit(os.environ["VAMP_STACK_REDIS_URL"])
    url = urlunsplit(parts._replace(path="/15"))
    client, theirs = Redis.from_url(url), f"theirs-{secrets.token_hex(4)}"
    client.set(theirs, 1, ex=60)
    client.lpush(QUEUE, "task")
    client.sadd(f"_kombu.binding.{QUEUE}", "x")

    assert not wiring_of_leftovers.is_broker_empty(url)
    wiring_of_leftovers.forget_queues(url, [QUEUE])

    assert client.exists(theirs)
    assert not client.exists(QUEUE, f"_kombu.binding.{QUEUE}")
    client.delete(theirs)
    client.close()


@pytest.mark.stack
def test_index_templates__on_a_real_server__go_but_for_those_that_were_there():
    with Space.of_its_own() as space:
        space.metrics("acme", "production").prepare()
        first, *rest = wiring_of_leftovers.index_templates(space.url)
        assert rest

        wiring_of_leftovers.forget_index_templates(space.url, but=[first])

        assert wiring_of_leftovers.index_templates(space.url) == [first]
