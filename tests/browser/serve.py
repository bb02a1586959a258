"""A web process with a busy environment, for the browser to walk through.

``python -m tests.browser.serve`` prints its port and serves until its input ends.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from typing import Any


def fill() -> None:
    """Migrate the state folder's database and fill ``acme/production``."""
    from django.core.management import call_command
    from django.utils import timezone

    from tests.browser.rows import busy_environment
    from tests.factories import environment_in, user_of

    call_command("migrate", verbosity=0)
    environment = environment_in("default", stage="production", order=3)
    environment_in("default", name="staging", stage="test", order=2)
    for name in ("ana", "bo", "cy", "dee"):
        user_of(environment.organisation, name)
    busy_environment(environment, timezone.now())


def relay_events() -> None:
    """Carry events to the stream, as the installation's own process does, and keep agents alive."""
    from django.utils import timezone

    from gateways.models import Agent
    from tenants.connections import events_of
    from vamp.bells import committed
    from vamp.outbox import relay

    with committed().listen() as listener:
        while True:
            relay("default", events_of("default"))
            now = timezone.now()
            Agent.objects.using("default").update(reported_at=now, complete_until=now)
            listener.wait(0.5)


def serve() -> None:
    """Serve until the input ends."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "vamp.settings"
    import django

    django.setup()
    fill()
    threading.Thread(target=relay_events, daemon=True).start()
    import uvicorn

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server: Any = uvicorn.Server(uvicorn.Config("vamp.asgi:application", log_level="warning"))
    threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    print(listener.getsockname()[1], flush=True)  # noqa: T201 the test reads it
    server.run(sockets=[listener])


def _stop_at_end_of_input(server: Any) -> None:
    sys.stdin.read()
    server.force_exit = server.should_exit = True


if __name__ == "__main__":
    serve()
