"""What agents hear events with ends with their token, and with their environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tenants import consumers, tasks
from tenants.models import ApiToken
from tenants.services import agent_events
from tenants.services.agent_events import events_key, may_revoke, revoke_events_keys
from tenants.services.deletion import delete_environment
from tenants.services.deletion_run import continue_deletion
from tenants.services.tokens import create_token, revoke_token
from tests.conftest import DATABASES
from tests.factories import ACTOR, environment_in
from tests.vamp.drivers.events.nats_server import NatsServer, Operator, running
from vamp import leases, wiring
from vamp.drivers.events.nats_users import Credentials, claims_of
from vamp.drivers.events.nkeys import ACCOUNT, OPERATOR, KeyPair
from vamp.models import OutboxEvent
from vamp.ports.errors import PortError, PortRefused, PortUnavailable
from vamp.ports.events import Message
from vamp.streams import Stream

pytestmark = pytest.mark.django_db(databases=DATABASES)


def given(settings, url: str, **keys: str) -> None:
    settings.EVENTS_URL, settings.EVENTS_KEY = url, keys.pop("events_key", "")
    settings.VAMP = settings.VAMP.model_copy(update=keys)


def token_of(environment, name: str = "vga") -> ApiToken:
    return create_token(name, actor=ACTOR, agent_of=environment)[0]


def test_events_key__of_two_tokens__is_another_user_and_the_same_when_asked_again(settings):
    environment = environment_in("default")
    given(settings, "nats://nats.test:4222", events_signing_key=KeyPair.new(ACCOUNT).seed)
    one, other = token_of(environment), token_of(environment, "other")

    users = [
        claims_of(Credentials.parse(events_key(environment, token)).jwt)["sub"]
        for token in (one, one, other)
    ]

    assert users[0] == users[1] != users[2]


def test_events_key__embedded_stream__is_none():
    environment = environment_in("default")

    assert events_key(environment, token_of(environment)) == ""
    assert not revoke_events_keys(environment, [1])


def test_may_revoke__another_server_than_our_own__is_not_shown_the_operators_keys(settings):
    given(settings, "nats://nats.test:4222", events_operator_key="SO", events_system_key="x")

    assert may_revoke(Stream("nats://nats.test:4222"))
    assert not may_revoke(Stream("nats://elsewhere.test:4222"))
    assert not may_revoke(Stream("db:"))


def test_revoke__another_process_is_at_it__is_unavailable_for_now(settings, monkeypatch):
    given(
        settings, "nats://nats.test:4222",
        events_operator_key=KeyPair.new(OPERATOR).seed, events_system_key="x",
    )  # fmt: skip
    monkeypatch.setattr(agent_events, "WAIT_S", 0.0)

    with (
        leases.once(agent_events.LEASE, using="default", seconds=30),
        pytest.raises(PortUnavailable, match="another process"),
    ):
        revoke_events_keys(None, [1])


@pytest.fixture
def server(tmp_path: Path, settings) -> Iterator[NatsServer]:
    operator = Operator()
    with running(tmp_path / "nats", **operator.config(tmp_path / "accounts")) as started:
        given(
            settings, started.url, events_key=operator.user(),
            events_signing_key=operator.signing.seed, events_operator_key=operator.operator.seed,
            events_system_key=operator.system_user(),
        )  # fmt: skip
        yield started


def may_listen(url: str, key: str, environment: str) -> bool:
    subject = f"vamp.acme.{environment}.gateways.>"
    channel = wiring.hints_from_url(url, key=key)
    assert channel is not None
    try:
        next(channel.listen(subject, timeout_s=1))
    except PortRefused:
        return False
    return True


@pytest.mark.stack
def test_deletion__on_a_real_server__its_agents_hear_nothing_more_and_others_do(server):
    one, other = environment_in("default"), environment_in("default", name="staging")
    keys = {row.name: events_key(row, token_of(row, row.name)) for row in (one, other)}
    ear = wiring.hints_from_url(server.url, key=keys["production"]).listen(
        "vamp.acme.production.gateways.>", timeout_s=5
    )
    assert next(ear) is None

    deletion = delete_environment(one, confirm="production", actor="root")
    assert continue_deletion(deletion.pk)

    with pytest.raises(PortError):
        next(ear)
    assert not may_listen(server.url, keys["production"], "production")
    assert may_listen(server.url, keys["staging"], "staging")
    deletion.refresh_from_db()
    assert deletion.remains == []


@pytest.mark.stack
def test_token__revoked_on_a_real_server__ends_the_user_that_came_with_it(server, monkeypatch):
    environment = environment_in("default")
    gone, kept = token_of(environment), token_of(environment, "kept")
    keys = [events_key(environment, token) for token in (gone, kept)]
    monkeypatch.setattr(tasks.revoke_events_key, "delay", tasks.revoke_events_key)

    revoke_token(gone, actor=ACTOR)
    told = OutboxEvent.objects.using("default").filter(subject__endswith="token.revoked").get()
    consumers.on_message(Message("default:1", told.subject, told.payload, 1, told.emitted_at))

    assert [may_listen(server.url, key, "production") for key in keys] == [False, True]
