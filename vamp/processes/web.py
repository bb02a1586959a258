"""The web process: admin, API and server-sent events over ASGI."""

from __future__ import annotations

import gc
import socket
from types import FrameType

import uvicorn

from vamp.api.sse import end_streams
from vamp.asgi import application
from vamp.processes import readiness
from vamp.processes.liveness import loops
from vamp.processes.stopping import end_at_once, stop

STOP_S = 3
"""Requests in progress may take so long after SIGTERM; then their connections are cut."""

LOOP_SILENT_S = 30.0
"""The event loop turns ten times a second. Where it has not for so long, something blocks it."""


class Server(uvicorn.Server):
    """Ends open streams with a hint, instead of waiting for them, and beats while its loop turns."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop = loops.begin("event loop", within_s=LOOP_SILENT_S)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            # What is there by now stays. Each full collection would walk all of it, some 0.1 s in
            # which no request goes on.
            gc.collect()
            gc.freeze()
            readiness.announce("web")

    async def on_tick(self, counter: int) -> bool:
        self._loop.beat()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            end_at_once(sig)
        stop.set()  # /readyz says so from now on
        super().handle_exit(sig, frame)
        # Else uvicorn would raise the signal once more as its last act, which is our second one.
        self._captured_signals.clear()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        end_streams()
        await super().shutdown(sockets=sockets)


def run(host: str, port: int) -> None:
    """Serve until SIGTERM; requests in progress are finished, open streams are ended.

    Args:
        host: address to listen on.
        port: 1–65535.
    """
    Server(
        uvicorn.Config(
            application,
            host=host,
            port=port,
            loop="asyncio",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=STOP_S,
            server_header=False,
        )
    ).run()
