"""The web process: admin, API and server-sent events over ASGI."""

from __future__ import annotations

import uvicorn

from vamp.asgi import application


def run(host: str, port: int) -> None:
    """Serve until SIGTERM; requests in progress are finished, open streams are ended.

    Args:
        host: address to listen on.
        port: 1–65535.
    """
    uvicorn.Server(
        uvicorn.Config(
            application,
            host=host,
            port=port,
            loop="asyncio",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=3,
            server_header=False,
        )
    ).run()
