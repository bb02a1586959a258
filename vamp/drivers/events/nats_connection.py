"""One connection of this process to a NATS server, used from any thread.

It is made by the first call, and again after a fork; once made it finds its server again by itself.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import os
import ssl
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from nats import errors
from nats.aio.client import Client

from vamp.drivers.events.nats_loop import process_loop
from vamp.drivers.events.nats_users import Credentials
from vamp.dsn import Dsn
from vamp.ports.errors import PortError, PortRefused, PortUnavailable

T = TypeVar("T")

PORT = 4222
CONNECT_S = 2.0
"""A server that has not welcomed us after this counts as away."""

RECONNECT_S = 0.25
PING_S = 5
"""A server that answers no ping for twice this counts as away."""

_AGAIN_S = 0.2
"""After a failure, calls fail at once for so long instead of each trying for itself."""

log = logging.getLogger("vamp.nats")


class NatsConnection:
    """A connection that is there when it is needed.

    Attributes:
        place: the server as messages name it, without any secret.
    """

    def __init__(self, dsn: Dsn, *, key: str = "") -> None:
        """Take note of where and as whom; nothing is opened.

        Args:
            dsn: ``nats://[user:password@]host:port[?tls=on&ca=/path]``.
            key: contents of a creds file, or empty.

        Raises:
            ValueError: the key is no creds file.
        """
        self.place = f"NATS at {dsn.host}:{dsn.port or PORT}"
        self._dsn = dsn
        self._credentials = Credentials.parse(key) if key else None
        self._here = _Here(0)
        self._lock = threading.Lock()

    def call(self, work: Callable[[Client], Coroutine[Any, Any, T]], *, timeout_s: float) -> T:
        """Run `work` on the connection, in the process's loop, and wait for what it returns.

        Raises:
            PortUnavailable: there is no connection, or no answer within `timeout_s`.
            PortRefused: the server does not let us do this.
        """
        future = asyncio.run_coroutine_threadsafe(self._bounded(work, timeout_s), process_loop())
        try:
            return future.result(timeout_s + CONNECT_S + 1)
        except (concurrent.futures.TimeoutError, concurrent.futures.CancelledError):
            future.cancel()
            raise PortUnavailable(f"{self.place} does not answer") from None

    def soon(self, work: Callable[[Client], Coroutine[Any, Any, object]]) -> None:
        """Have `work` run without waiting for it; if it fails, that is logged and forgotten."""
        asyncio.run_coroutine_threadsafe(self._forgiving(work), process_loop())

    def when_lost(self, tell: Callable[[], None]) -> None:
        """Have `tell` called, in the loop's thread, whenever this process loses the connection."""
        self._of_this_process().losses.append(tell)

    def no_longer_when_lost(self, tell: Callable[[], None]) -> None:
        """Take `when_lost` back."""
        with contextlib.suppress(ValueError):
            self._of_this_process().losses.remove(tell)

    def close(self) -> None:
        """Let go of the server, in this process. A later call connects again."""
        here = self._of_this_process()
        if here.client is not None:
            closing = asyncio.run_coroutine_threadsafe(here.client.close(), process_loop())
            with contextlib.suppress(concurrent.futures.TimeoutError):
                closing.result(CONNECT_S)

    async def _forgiving(self, work: Callable[[Client], Coroutine[Any, Any, object]]) -> None:
        try:
            await self._bounded(work, CONNECT_S)
        except PortError as error:
            log.info("nats.not_told", extra={"error": str(error)})

    async def _bounded(
        self, work: Callable[[Client], Coroutine[Any, Any, T]], timeout_s: float
    ) -> T:
        try:
            client = await self._connected()
            async with asyncio.timeout(timeout_s):
                return await work(client)
        except PortError:
            raise
        except (errors.Error, OSError, TimeoutError) as error:
            raise self.as_port_error(error) from error

    def as_port_error(self, error: Exception) -> PortError:
        """Return what the client library says as an error of the port."""
        said = str(error).removeprefix("nats: ") or type(error).__name__
        if isinstance(error, errors.MaxPayloadError):
            return PortRefused(f"{self.place} takes no message of this size")
        if _is_refusal(error):
            return PortRefused(
                f"{self.place} does not let us in or do this ({said}); look at VAMP_EVENTS_URL and"
                " VAMP_EVENTS_KEY, and at what this user may do there"
            )
        return PortUnavailable(f"{self.place} does not answer: {said}")

    def _of_this_process(self) -> _Here:
        with self._lock:
            if self._here.pid != os.getpid():
                self._here = _Here(os.getpid())
            return self._here

    async def _connected(self) -> Client:
        here = self._of_this_process()
        async with here.connecting:
            if here.client is None or here.client.is_closed:
                if here.error is not None and time.monotonic() < here.again_at:
                    raise here.error
                here.client = await self._connect(here)
        if not here.client.is_connected:
            raise PortUnavailable(f"{self.place} is away")
        return here.client

    async def _connect(self, here: _Here) -> Client:
        seen: list[Exception] = []

        async def note(error: Exception) -> None:
            # What the server says goes before how the connection then ended.
            if isinstance(error, errors.Error) or not seen:
                seen[:] = [error]

        client = Client()
        try:
            async with asyncio.timeout(CONNECT_S):
                # Asked first, for the client itself keeps trying a server that is not there.
                _, writer = await asyncio.open_connection(self._dsn.host, self._dsn.port or PORT)
                writer.close()
                await client.connect(error_cb=note, disconnected_cb=here.lost, **self._options())
        except (errors.Error, OSError, TimeoutError, ssl.SSLError) as error:
            with contextlib.suppress(Exception):
                await client.close()
            here.error = self.as_port_error(seen[-1] if seen else error)
            here.again_at = time.monotonic() + _AGAIN_S
            raise here.error from error
        here.error = None
        return client

    def _options(self) -> dict[str, Any]:
        dsn, credentials = self._dsn, self._credentials
        host = f"[{dsn.host}]" if ":" in dsn.host else dsn.host
        options: dict[str, Any] = {
            "servers": [f"nats://{host}:{dsn.port or PORT}"],
            "name": f"vamp:{os.getpid()}",
            "max_reconnect_attempts": -1,
            "reconnect_time_wait": RECONNECT_S,
            "connect_timeout": CONNECT_S,
            "ping_interval": PING_S,
            "max_outstanding_pings": 2,
            # What could not be sent is told to the caller, not sent when nobody waits any more.
            "pending_size": 0,
            "skip_subject_validation": True,
        }
        if credentials is not None:
            options["user_jwt_cb"] = lambda: bytearray(credentials.jwt.encode())
            options["signature_cb"] = credentials.signature
        elif dsn.username or dsn.secret:
            options["user"], options["password"] = dsn.username, dsn.secret
        if dsn.options.get("tls") == "on" or "ca" in dsn.options:
            options["tls"] = ssl.create_default_context(cafile=dsn.options.get("ca"))
            options["tls_hostname"] = dsn.host
        return options


async def heard(client: Client) -> None:
    """Return once the server has taken in all that was sent so far. Cost: two round trips.

    The client's own ping overtakes what it has buffered, which it sends before the second one.
    """
    await client.flush()
    await client.flush()


class _Here:
    """What belongs to one process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.client: Client | None = None
        self.connecting = asyncio.Lock()
        self.error: PortError | None = None
        self.again_at = 0.0
        self.losses: list[Callable[[], None]] = []

    async def lost(self) -> None:
        """Tell everyone who asked to be told."""
        for tell in tuple(self.losses):
            tell()


def _is_refusal(error: Exception) -> bool:
    if isinstance(error, errors.AuthorizationError | ssl.SSLCertVerificationError):
        return True
    said = str(error).lower()
    return any(
        word in said for word in ("authorization", "authentication", "permissions violation")
    )
