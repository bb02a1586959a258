"""Installations whose agents hear events over NATS."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from tenants.models import ApiToken
from tenants.services.tokens import create_token
from tests.factories import ACTOR
from tests.vamp.drivers.events.nats_server import NatsServer, Operator
from vamp import wiring
from vamp.drivers.events.nats_hints import NatsHints
from vamp.ports.errors import PortRefused


def given(settings, url: str, **keys: str) -> None:
    settings.EVENTS_URL, settings.EVENTS_KEY = url, keys.pop("events_key", "")
    settings.VAMP = settings.VAMP.model_copy(update=keys)


def given_operator(settings, url: str, operator: Operator) -> None:
    given(
        settings, url, events_key=operator.user(), events_signing_key=operator.signing.seed,
        events_operator_key=operator.operator.seed, events_system_key=operator.system_user(),
    )  # fmt: skip


def server_of(operator: Operator, folder: Path) -> NatsServer:
    return NatsServer(folder / "nats", **operator.config(folder / "accounts"))


def token_of(environment, name: str = "vga", **fields: Any) -> ApiToken:
    return create_token(name, actor=ACTOR, agent_of=environment, **fields)[0]


def may_listen(url: str, key: str, environment: str = "production") -> bool:
    channel = wiring.hints_from_url(url, key=key)
    assert isinstance(channel, NatsHints)
    heard: Any = channel.listen(f"vamp.acme.{environment}.gateways.>", timeout_s=1)
    with closing(channel), closing(heard):
        try:
            next(heard)
        except PortRefused:
            return False
        return True
