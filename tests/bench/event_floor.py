"""JetStream without us: two processes with nats-py, one publishes, the other consumes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Final

from nats.aio.client import Client
from nats.js.api import ConsumerConfig

from tests.bench.event_site import ROOT, WHAT, connection
from vamp.drivers.events.jetstream_streams import ensure_stream, stream_of

BATCH: Final = 500
FETCH: Final = 100
BODY: Final = b'{"number":1000000000}'
LONGEST_S: Final = 60.0


def per_second(variables: Mapping[str, str], organisation: str, count: int) -> float:
    """Return how many of `count` messages a second go through the organisation's stream.

    Counted from the first that is sent until the last is acknowledged.
    """
    environment = {**os.environ, **variables}

    def start(role: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.bench.event_floor", role, organisation, str(count)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    with start("publish") as publisher, start("consume") as consumer:
        for process in (publisher, consumer):
            assert process.stdout is not None
            if process.stdout.readline() != b"ready\n":
                raise RuntimeError("the bare NATS client did not get ready")
        begun = time.perf_counter()
        publisher.communicate(b"go\n", timeout=LONGEST_S)
        consumer.communicate(timeout=LONGEST_S)
        if publisher.returncode or consumer.returncode:
            raise RuntimeError("the bare NATS client failed")
        return count / (time.perf_counter() - begun)


async def _publish(client: Client, organisation: str, count: int) -> None:
    stream = client.jetstream(timeout=LONGEST_S)
    subject = f"vamp.{organisation}.floor.{WHAT}"
    await ensure_stream(client, organisation, retention_s=3600)
    print("ready", flush=True)  # noqa: T201 the parent reads it
    await asyncio.to_thread(sys.stdin.readline)
    mark = time.time_ns()
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        ids = ({"Nats-Msg-Id": f"{mark}:{number}"} for number in numbers)
        await asyncio.gather(*(stream.publish(subject, BODY, headers=each) for each in ids))


async def _consume(client: Client, organisation: str, count: int) -> None:
    await ensure_stream(client, organisation, retention_s=3600)
    stream = client.jetstream()
    found = await stream.pull_subscribe(
        f"vamp.{organisation}.floor.{WHAT}",
        stream=stream_of(organisation),
        config=ConsumerConfig(max_ack_pending=1000),
    )
    print("ready", flush=True)  # noqa: T201 the parent reads it
    left = count
    while left:
        for message in await found.fetch(min(FETCH, left), timeout=LONGEST_S):
            await message.ack()
            left -= 1
    await client.flush()


if __name__ == "__main__":
    _, role, whose, number = sys.argv
    work = {"publish": _publish, "consume": _consume}[role]
    connection(os.environ).call(
        lambda client: work(client, whose, int(number)), timeout_s=LONGEST_S
    )
