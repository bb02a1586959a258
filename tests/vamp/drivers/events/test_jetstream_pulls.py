"""Requests at the server: what is there now, and what comes while they stand."""

from __future__ import annotations

import asyncio

import pytest

from tests.vamp.drivers.events.nats_server import running
from vamp.drivers.events.jetstream_acks import Outgoing, Publisher
from vamp.drivers.events.jetstream_consumers import ensure_consumer
from vamp.drivers.events.jetstream_pulls import Pulls
from vamp.drivers.events.jetstream_streams import ask, ensure_stream
from vamp.drivers.events.nats_connection import NatsConnection
from vamp.dsn import Dsn

pytestmark = pytest.mark.stack

STREAM = "vamp-acme"


@pytest.fixture
def on_server(tmp_path):
    """Run a coroutine with a client and the pulls of a consumer on an empty stream."""
    with running(tmp_path) as server:
        connection = NatsConnection(Dsn.parse(server.url))

        def run(work):
            async def prepared(client):
                await ensure_stream(client, "acme", retention_s=3600)
                await ensure_consumer(client, STREAM, "ears", [], 30)
                return await work(client, Pulls(client, "ears"))

            return connection.call(prepared, timeout_s=20)

        yield run
        connection.close()


async def publish(client, count: int) -> None:
    batch = [Outgoing("vamp.acme._.x.y.z", {}, b"%d" % number) for number in range(count)]
    await Publisher(client).publish(batch)


def test_ask_now__fewer_than_asked_for__returns_with_what_is_there(on_server):
    async def work(client, pulls):
        await pulls.ask_now([STREAM], limit=10)
        nothing = pulls.take(10)
        await publish(client, 3)
        await pulls.ask_now([STREAM], limit=2)
        return nothing, len(pulls.take(10))

    assert on_server(work) == ([], 2)


def test_wait_at__messages_come_later__are_pushed_to_the_standing_request(on_server):
    async def work(client, pulls):
        await pulls.wait_at([STREAM], limit=10, timeout_s=10)
        await publish(client, 3)
        found = []
        while len(found) < 3:
            pulls.came.clear()
            found += pulls.take(10)
            if len(found) < 3:
                await pulls.came.wait()
        await pulls.wait_at([STREAM], limit=10, timeout_s=10)
        info = await ask(client, f"CONSUMER.INFO.{STREAM}.ears")
        return len(found), info["num_waiting"]

    assert on_server(work) == (3, 1)


def test_wait_at__request_ends__wakes_whoever_waits(on_server):
    async def work(client, pulls):
        await pulls.wait_at([STREAM], limit=10, timeout_s=0.05)
        async with asyncio.timeout(10):
            await pulls.came.wait()
        return pulls.take(10)

    assert on_server(work) == []


def test_wait_at__consumer_is_deleted__is_noted_as_missing(on_server):
    async def work(client, pulls):
        await pulls.wait_at([STREAM], limit=10, timeout_s=20)
        while not (await ask(client, f"CONSUMER.INFO.{STREAM}.ears"))["num_waiting"]:
            await asyncio.sleep(0.01)
        await ask(client, f"CONSUMER.DELETE.{STREAM}.ears")
        async with asyncio.timeout(10):
            await pulls.came.wait()
        return pulls.missing

    assert on_server(work) == {STREAM}


def test_forget__connection_lost__keeps_what_came_and_wakes(on_server):
    async def work(client, pulls):
        await publish(client, 1)
        await pulls.ask_now([STREAM], limit=10)
        pulls.came.clear()
        pulls.forget()
        return len(pulls.take(10)), pulls.came.is_set()

    assert on_server(work) == (1, True)
