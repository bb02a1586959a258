"""A web process with ``acme/production`` in it, for the programs as people run them.

``python -m tests.vamp.cli.served`` prints its port and a token, and serves until its input ends.
"""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

from tests.browser.serve import _stop_at_end_of_input, relay_events


def fill() -> str:
    """Make the state folder's tables and a tenant, and return its user's token.

    Tables are made as the models are, in a third of the time that all migrations take; these have
    tests of their own.
    """
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command

    from tenants.services.tokens import create_token
    from tests.factories import ACTOR, environment_in, user_of

    settings.MIGRATION_MODULES = {each.label: None for each in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)
    environment = environment_in("default", stage="production", order=3)
    user = user_of(environment.organisation)
    return create_token("cli", actor=ACTOR, user=user)[1]


def serve() -> None:
    """Serve until the input ends."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "vamp.settings"
    import django

    django.setup()
    token = fill()
    threading.Thread(target=relay_events, daemon=True).start()
    import uvicorn

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server: Any = uvicorn.Server(uvicorn.Config("vamp.asgi:application", log_level="warning"))
    threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    print(listener.getsockname()[1], token, flush=True)  # noqa: T201  the test reads it
    server.run(sockets=[listener])


if __name__ == "__main__":
    serve()
