"""Getting messages out of streams: one consumer's requests, over all streams that it hears.

A request that waits at the server stays there between two calls, so that a message that comes is
pushed at once and costs no round trip.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

MARGIN_S = 1.0
"""A request that the server should have ended so long ago was lost."""

ANSWER_S = 5.0

_NS = 1_000_000_000


@dataclass(slots=True)
class _Request:
    """One that the server has.

    Attributes:
        left: messages that may still come for it.
        until: when it ends, on the loop's clock.
        ended: set then, where somebody waits for that.
    """

    left: int
    until: float
    ended: asyncio.Event


class Pulls:
    """The requests of one consumer. Used in the event loop only.

    Attributes:
        name: of the consumer, on each of its streams.
        came: set by each message that comes, and by `stir`.
        missing: streams where the consumer was found to be gone.
    """

    def __init__(self, client: Client, name: str) -> None:
        self.name = name
        self.came = asyncio.Event()
        self.missing: set[str] = set()
        self._client = client
        self._inbox = client.new_inbox()
        self._subscription: Subscription | None = None
        self._held: deque[Msg] = deque()
        self._requests: dict[str, _Request] = {}

    def take(self, limit: int) -> list[Msg]:
        """Return up to `limit` of the messages that came."""
        return [self._held.popleft() for _ in range(min(limit, len(self._held)))]

    def stir(self) -> None:
        """Wake whoever waits for `came`, to look around."""
        self.came.set()

    def forget(self) -> None:
        """Forget what the server had of us: the connection was lost. What came already stays."""
        for request in self._requests.values():
            request.ended.set()
        self._requests.clear()
        self.stir()

    async def close(self) -> None:
        """Hear nothing any more."""
        if self._subscription is not None:
            await self._subscription.unsubscribe()

    async def ask_now(self, streams: Iterable[str], *, limit: int) -> None:
        """Get what is there, up to `limit`, and return once the server has said that this is all.

        Streams that a waiting request stands at are left out: it gets what is there.
        """
        for stream in streams:
            room = limit - len(self._held)
            if room > 0 and not self._stands_at(stream):
                request = await self._ask(stream, {"batch": room, "no_wait": True}, ANSWER_S)
                async with asyncio.timeout(ANSWER_S):
                    await request.ended.wait()

    async def wait_at(self, streams: Iterable[str], *, limit: int, timeout_s: float) -> None:
        """See that a request stands at each stream for the next `timeout_s`; do not wait for it."""
        for stream in streams:
            if not self._stands_at(stream):
                content = {"batch": limit, "expires": round(timeout_s * _NS)}
                await self._ask(stream, content, timeout_s + MARGIN_S)

    def _stands_at(self, stream: str) -> bool:
        request = self._requests.get(stream)
        return request is not None and request.until > asyncio.get_running_loop().time()

    async def _ask(self, stream: str, content: Mapping[str, object], until_s: float) -> _Request:
        if self._subscription is None:
            self._subscription = await self._client.subscribe(f"{self._inbox}.*", cb=self._take_in)
        until = asyncio.get_running_loop().time() + until_s
        batch = content["batch"]
        request = _Request(batch if isinstance(batch, int) else 1, until, asyncio.Event())
        self._requests[stream] = request
        await self._client.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{self.name}",
            json.dumps(content).encode(),
            reply=f"{self._inbox}.{stream}",
        )
        return request

    async def _take_in(self, message: Msg) -> None:
        status = (message.headers or {}).get("Status")
        if message.reply and status is None:
            self._held.append(message)
            stream = message.reply.split(".")[2 if message.reply.count(".") == 8 else 4]
            if (request := self._requests.get(stream)) is not None:
                request.left -= 1
                if request.left <= 0:
                    self._end(stream)
            self.came.set()
            return
        if status == "100":  # the server shows that it is there
            return
        stream = message.subject.rpartition(".")[2]
        if status == "503" or (status == "409" and "Deleted" in str(message.headers)):
            self.missing.add(stream)
        self._end(stream)
        self.stir()  # whoever waits has to ask again

    def _end(self, stream: str) -> None:
        if (request := self._requests.pop(stream, None)) is not None:
            request.ended.set()
