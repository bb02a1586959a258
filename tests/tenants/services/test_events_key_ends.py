"""What agents hear events with ends with their token and environment, whatever was away meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections, transaction
from django.utils import timezone

from tenants import consumers, tasks
from tenants.models import ApiToken, EventsKeyEnd
from tenants.services import events_key_ends
from tenants.services.agent_events import events_key
from tenants.services.archiving import archive_environment
from tenants.services.deletion import delete_environment, skip_step
from tenants.services.deletion_run import continue_deletion
from tenants.services.events_key_ends import waiting_at, work_off
from tenants.services.tokens import create_token, revoke_token, rotate_token
from tests.conftest import DATABASES
from tests.factories import ACTOR, environment_in, user_of
from tests.tenants.services.listening import (
    given,
    given_operator,
    may_listen,
    server_of,
    token_of,
)
from tests.vamp.drivers.events.nats_server import NatsServer, Operator
from vamp import leases, wiring
from vamp.models import OutboxEvent
from vamp.ports.errors import PortError, PortUnavailable
from vamp.ports.events import Message

pytestmark = pytest.mark.django_db(databases=DATABASES)

AWAY = "nats://127.0.0.1:9"
"""Nobody listens there."""


def waiting() -> list[str]:
    return [row.token_name for row in EventsKeyEnd.objects.all()]


@pytest.fixture
def environment(settings):
    """Its agents hear of a server that is away."""
    operator = Operator()
    given_operator(settings, AWAY, operator)
    return environment_in("default")


def test_revoke_token__of_agents__leaves_what_is_to_be_ended_and_why_it_is_not(environment):
    revoke_token(token_of(environment), actor=ACTOR)
    with pytest.raises(PortUnavailable):
        work_off()

    (row,) = waiting_at(environment)
    assert (row.token_name, row.organisation, row.environment) == ("vga", "acme", "production")
    assert row.issued_until is None
    assert "does not answer" in row.waits_for
    assert row.tried_at is not None
    assert [row.pk for row in waiting_at(environment.organisation)] == [row.pk]
    assert [row.pk for row in waiting_at(None)] == [row.pk]
    assert waiting_at(environment_in("default", organisation="globex")) == []


def test_revoke_token__transaction_is_taken_back__leaves_nothing(environment):
    token = token_of(environment)
    pk = token.pk

    def revoke_and_fail():
        with transaction.atomic():
            revoke_token(token, actor=ACTOR)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        revoke_and_fail()

    assert ApiToken.objects.filter(pk=pk).exists()
    assert waiting() == []


def test_revoke_token__of_a_user_or_beside_embedded_streams__leaves_nothing(environment, settings):
    person = user_of(environment.organisation, "operator")
    revoke_token(create_token("ci", actor=ACTOR, user=person)[0], actor=ACTOR)
    settings.EVENTS_URL = "db:"
    revoke_token(token_of(environment), actor=ACTOR)

    assert waiting() == []


def test_revoke_token__environment_is_archived__is_ended_all_the_same(environment):
    token = token_of(environment)
    archive_environment(environment, actor=ACTOR)

    revoke_token(token, actor=ACTOR)

    assert waiting() == ["vga"]


def test_revoke_token__stream_is_embedded_by_now_and_was_not__is_ended(environment, settings):
    given(settings, "db:")
    environment.events_old_url = AWAY
    environment.save()

    revoke_token(token_of(environment), actor=ACTOR)

    assert waiting() == ["vga"]


def test_rotate_token__with_grace__is_due_after_it_and_twice_at_once(environment):
    token = token_of(environment)

    rotate_token(token, actor=ACTOR, grace=timedelta(hours=1))
    assert waiting_at(environment) == []
    (first,) = EventsKeyEnd.objects.all()
    rotate_token(token, actor=ACTOR, grace=timedelta(hours=1))

    (due,) = waiting_at(environment)
    later = EventsKeyEnd.objects.exclude(pk=due.pk).get()
    assert due.pk == first.pk
    assert due.issued_until < later.issued_until < timezone.now()
    assert later.due_at == token.previous_until


def test_revoke_token__rotated_before__ends_all_of_it(environment):
    token = token_of(environment)
    rotate_token(token, actor=ACTOR, grace=timedelta(hours=1))

    revoke_token(token, actor=ACTOR)

    (row,) = waiting_at(environment)
    assert row.issued_until is None


def test_work_off__without_the_operators_keys__says_which_and_stays(environment, settings):
    given(settings, AWAY, events_operator_key="", events_system_key="")
    revoke_token(token_of(environment), actor=ACTOR)

    work_off()

    assert "VAMP_EVENTS_OPERATOR_KEY" in waiting_at(environment)[0].waits_for


def test_work_off__servers_are_embedded_by_now__forgets_it(environment, settings):
    revoke_token(token_of(environment), actor=ACTOR)
    given(settings, "db:")

    work_off()

    assert waiting() == []


def test_work_off__another_process_is_at_it__is_unavailable_for_now(environment):
    revoke_token(token_of(environment), actor=ACTOR)

    with (
        leases.once(events_key_ends.LEASE, using="default", seconds=30),
        pytest.raises(PortUnavailable, match="another process"),
    ):
        work_off(wait_s=0.0)

    assert waiting() == ["vga"]


def test_work_off__server_is_away__asks_it_once_for_all_batches(
    environment, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(events_key_ends, "BATCH", 2)
    for number in range(5):
        revoke_token(token_of(environment, f"vga-{number}"), actor=ACTOR)
    asked = []
    revoke = events_key_ends.revoke_users
    monkeypatch.setattr(
        events_key_ends, "revoke_users", lambda *given: asked.append(given) or revoke(*given)
    )

    with pytest.raises(PortUnavailable):
        work_off()

    assert len(asked) == 1
    assert all(row.waits_for for row in waiting_at(environment))


def test_work_off__one_and_many_of_an_environment__takes_the_same_queries(
    environment, django_assert_num_queries
):
    revoke_token(token_of(environment), actor=ACTOR)
    with pytest.raises(PortUnavailable):
        work_off()
    counting = Counting()
    with connections["default"].execute_wrapper(counting), pytest.raises(PortError):
        work_off()
    for number in range(20):
        revoke_token(token_of(environment, f"vga-{number}"), actor=ACTOR)

    with django_assert_num_queries(counting.count), pytest.raises(PortError):
        work_off()


class Counting:
    count = 0

    def __call__(self, execute, *call):
        self.count += 1
        return execute(*call)


def test_work_off__nothing_is_due__is_one_query(environment, django_assert_num_queries):
    with django_assert_num_queries(1):
        work_off()


def test_tasks__server_is_away__leave_it_to_the_sweep(environment):
    token = token_of(environment)
    pk = token.pk
    revoke_token(token, actor=ACTOR)

    tasks.end_events_key(pk)
    tasks.end_events_keys()

    assert waiting() == ["vga"]


def test_deletion__server_is_away__ends_the_tokens_and_waits_and_may_go_on_without(environment):
    token_of(environment)
    deletion = delete_environment(environment, confirm="production", actor="root")

    assert not continue_deletion(deletion.pk)

    assert not ApiToken.objects.exists()
    deletion.refresh_from_db()
    assert "does not answer" in deletion.waits_for
    for step in ("access", "events"):
        skip_step(deletion, step, actor="root")
    assert continue_deletion(deletion.pk)
    assert waiting() == ["vga"]
    assert [row.environment for row in waiting_at(environment.organisation)] == ["production"]


def test_deletion__access_was_left_out_from_the_first__ends_what_goes_with_the_row(environment):
    token_of(environment)
    deletion = delete_environment(environment, confirm="production", actor="root")
    for step in ("access", "events"):
        skip_step(deletion, step, actor="root")

    assert continue_deletion(deletion.pk)

    assert not ApiToken.objects.exists()
    assert waiting() == ["vga"]


def test_deletion__without_the_operators_keys__says_so_and_goes_on(environment, settings):
    given(settings, AWAY, events_operator_key="", events_system_key="")
    token_of(environment)
    deletion = delete_environment(environment, confirm="production", actor="root")
    skip_step(deletion, "events", actor="root")

    assert continue_deletion(deletion.pk)

    deletion.refresh_from_db()
    assert "VAMP_EVENTS_OPERATOR_KEY" in deletion.remains[0]


@pytest.fixture
def operator(settings, tmp_path: Path) -> Operator:
    return Operator()


@pytest.fixture
def server(operator, tmp_path: Path, settings) -> Iterator[NatsServer]:
    started = server_of(operator, tmp_path)
    started.start()
    given_operator(settings, started.url, operator)
    try:
        yield started
    finally:
        started.stop()


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
    assert not may_listen(server.url, keys["production"])
    assert may_listen(server.url, keys["staging"], "staging")
    deletion.refresh_from_db()
    assert deletion.remains == []
    assert waiting() == []


@pytest.mark.stack
def test_token__revoked_on_a_real_server__ends_the_user_that_came_with_it(server, monkeypatch):
    environment = environment_in("default")
    gone, kept = token_of(environment), token_of(environment, "kept")
    keys = [events_key(environment, token) for token in (gone, kept)]
    monkeypatch.setattr(tasks.end_events_key, "delay", tasks.end_events_key)

    revoke_token(gone, actor=ACTOR)
    told = OutboxEvent.objects.using("default").filter(subject__endswith="token.revoked").get()
    consumers.on_message(Message("default:1", told.subject, told.payload, 1, told.emitted_at))

    assert [may_listen(server.url, key) for key in keys] == [False, True]
    assert waiting() == []


@pytest.mark.stack
def test_token__revoked_while_the_real_server_is_away__ends_once_it_is_back(server):
    environment = environment_in("default")
    gone, kept = token_of(environment), token_of(environment, "kept")
    keys = [events_key(environment, token) for token in (gone, kept)]
    server.kill()

    revoke_token(gone, actor=ACTOR)
    for _ in range(20):  # longer than any number of retries
        tasks.end_events_keys()
    assert "does not answer" in waiting_at(environment)[0].waits_for
    server.start()
    assert may_listen(server.url, keys[0])
    tasks.end_events_keys()

    assert waiting() == []
    assert [may_listen(server.url, key) for key in keys] == [False, True]


@pytest.mark.stack
def test_token__rotated_on_a_real_server__its_former_key_ends_and_a_new_one_is_good(server):
    environment = environment_in("default")
    token = token_of(environment)
    former = events_key(environment, token)
    time.sleep(1.1)  # the server counts in seconds

    rotate_token(token, actor=ACTOR)
    renewed = events_key(environment, token)
    work_off()

    assert [may_listen(server.url, key) for key in (former, renewed)] == [False, True]
    revoke_token(token, actor=ACTOR)
    work_off()
    assert not may_listen(server.url, renewed)


@pytest.mark.stack
def test_token__that_expires_on_a_real_server__its_agents_are_cut_off_by_the_server(server):
    environment = environment_in("default")
    token = token_of(environment, expires_at=timezone.now() + timedelta(seconds=2.5))
    key, lasting = (
        events_key(environment, token),
        events_key(environment, token_of(environment, "b")),
    )
    subject = "vamp.acme.production.gateways.>"
    ear = wiring.hints_from_url(server.url, key=key).listen(subject, timeout_s=9)
    assert next(ear) is None

    with pytest.raises(PortError):
        next(ear)

    with pytest.raises(PortError):
        next(wiring.hints_from_url(server.url, key=key).listen(subject, timeout_s=1))
    assert may_listen(server.url, lasting)


@pytest.mark.stack
@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_work_off__two_at_once_on_a_real_server__end_all_and_lose_none(server, monkeypatch):
    monkeypatch.setattr(events_key_ends, "BATCH", 2)
    environment = environment_in("default")
    tokens = [token_of(environment, f"vga-{number}") for number in range(6)]
    keys = [events_key(environment, token) for token in tokens]
    for token in tokens:
        revoke_token(token, actor=ACTOR)

    def sweep():
        work_off()
        connections.close_all()

    both = [threading.Thread(target=sweep) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()

    assert waiting() == []
    assert not any(may_listen(server.url, key) for key in keys)
