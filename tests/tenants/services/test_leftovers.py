"""A late event of an organisation that is gone brings back nothing of it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tenants import tasks
from tenants.models import Deletion, Organisation
from tenants.selectors import is_organisation_gone, organisations_gone
from tenants.services.deletion import delete_organisation
from tenants.services.deletion_run import continue_deletion
from tenants.services.leftovers import clear_up
from tests.conftest import DATABASES
from tests.factories import environment_in, event_in
from tests.vamp.drivers.events import nats_server
from vamp import outbox, streams
from vamp.databases import aliases
from vamp.drivers.events.jetstream import JetStream
from vamp.drivers.events.jetstream_streams import ask
from vamp.models import OutboxEvent
from vamp.processes.relaying import Relay

pytestmark = pytest.mark.django_db(databases=DATABASES)


def deleted(organisation: Organisation) -> None:
    deletion = delete_organisation(organisation, confirm=organisation.name, actor="root")
    for _ in range(9):
        for pk in Deletion.objects.running().order_by("-pk").values_list("pk", flat=True):
            continue_deletion(pk)
    deletion.refresh_from_db()
    assert deletion.finished_at is not None


def of_acme() -> list[str]:
    return [
        row.subject
        for database in aliases()
        for row in OutboxEvent.objects.using(database).filter(organisation="acme")
    ]


def relay() -> None:
    relays = Relay()
    relays.relay_once()
    relays.release()


def test_is_organisation_gone__step_by_step__from_when_its_events_go(environment):
    assert not is_organisation_gone("acme")
    assert not is_organisation_gone("nobody")
    deletion = delete_organisation(environment.organisation, confirm="acme", actor="root")
    assert not is_organisation_gone("acme")

    deletion.step = "events"
    deletion.save()

    assert is_organisation_gone("acme")
    assert organisations_gone(timezone.now()) == []


def test_is_organisation_gone__an_environment_of_it_was_deleted__is_not(environment):
    Deletion.objects.create(
        organisation="acme", environment="production", row_id=1, database="default",
        requested_by="root", finished_at=timezone.now(),
    )  # fmt: skip

    assert not is_organisation_gone("acme")


def test_clear_up__event_came_late_on_the_embedded_stream__is_removed(database):
    environment = environment_in(database)
    kept = environment_in(database, organisation="globex")
    deleted(environment.organisation)
    event_in(environment)
    relay()
    assert of_acme()
    event_in(kept)  # positions are counted from the newest, which stays
    relay()

    clear_up()
    tasks.clear_up()

    assert of_acme() == []
    assert OutboxEvent.objects.using(database).filter(organisation="globex").exists()


def test_clear_up__nobody_is_gone__is_one_query(environment, django_assert_num_queries):
    with django_assert_num_queries(1):
        clear_up()


@pytest.fixture
def server(tmp_path, settings):
    with nats_server.running(tmp_path / "nats") as started:
        settings.EVENTS_URL = started.url
        yield started
        opened = streams.opened(streams.installation_stream(), "default")
        assert isinstance(opened, JetStream)
        opened.close()


def stream_names() -> list[str]:
    stream = streams.opened(streams.installation_stream(), "default")

    async def named(client):
        return (await ask(client, "STREAM.NAMES")).get("streams") or []

    assert isinstance(stream, JetStream)
    return sorted(stream._connection.call(named, timeout_s=5))


@pytest.mark.stack
@pytest.mark.parametrize("is_relayed_before", [True, False])
def test_deletion__events_relayed_after_it_on_a_real_server__make_no_stream_anew(
    server, is_relayed_before
):
    environment = environment_in("default")
    kept = environment_in("default", organisation="globex")
    if is_relayed_before:
        event_in(environment)
        relay()
        assert "vamp-acme" in stream_names()
    deleted(environment.organisation)
    event_in(environment)
    event_in(kept)

    relay()

    assert "vamp-acme" not in stream_names()
    assert "vamp-globex" in stream_names()
    clear_up()
    assert of_acme() == []


@pytest.mark.stack
def test_clear_up__stream_was_made_while_it_was_deleted__is_removed_on_a_real_server(server):
    environment = environment_in("default")
    deleted(environment.organisation)
    stream = streams.opened(streams.installation_stream(), "default")
    event = event_in(environment, position=1_000)
    stream.prepare("acme")  # as a relay does that has asked a moment too early
    stream.publish([outbox.message_of("default", event)])
    assert "vamp-acme" in stream_names()

    clear_up()

    assert not [name for name in stream_names() if "acme" in name]
