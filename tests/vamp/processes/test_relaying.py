from __future__ import annotations

import logging
import threading

import pytest
from django.db import connection

from tests.conftest import DATABASES
from tests.factories import event_in
from vamp import leases, streams
from vamp.bells import committed
from vamp.models import OutboxEvent, StreamCursor
from vamp.models.lease import Lease
from vamp.ports.errors import PortUnavailable
from vamp.processes import relaying
from vamp.processes.relaying import Relay
from vamp.streams import Scope, Stream

FAR = Stream("nats://far:4222")


class Collecting:
    """A stream that keeps what it is given."""

    def __init__(self):
        self.subjects = []

    def publish(self, messages):
        self.subjects += [message.subject for message in messages]


class Silent:
    """A stream that does not answer."""

    def publish(self, messages):
        raise PortUnavailable("silent")


@pytest.fixture(autouse=True)
def _no_events_yet(environment, other_environment):
    for each in (environment, other_environment):
        OutboxEvent.objects.using(each.database).all().delete()


def test_relay_once__events_in_a_database__get_positions(environment):
    event_in(environment)

    assert Relay().relay_once() >= 1

    assert OutboxEvent.objects.using(environment.database).get().position == 1


def test_relay_once__another_holds_the_lease__leaves_its_database_alone(environment, monkeypatch):
    event_in(environment)
    monkeypatch.setattr(leases, "HOLDER", "another")
    leases.acquire("vamp.relay", using=environment.database, seconds=10)
    monkeypatch.undo()

    Relay().relay_once()

    assert OutboxEvent.objects.using(environment.database).get().position is None


def test_release__held_databases__fall_free(environment, monkeypatch):
    relays = Relay()
    relays.relay_once()

    relays.release()

    monkeypatch.setattr(leases, "HOLDER", "another")
    assert leases.acquire("vamp.relay", using=environment.database, seconds=10) is not None


def test_relay_once__one_databases_stream_is_silent__others_go_on(
    environment, other_environment, caplog
):
    events = [event_in(each) for each in (environment, other_environment)]
    relays = Relay(
        lambda stream, database: (
            Silent() if database == "default" else streams.opened(stream, database)
        )
    )

    with caplog.at_level(logging.ERROR, logger="vamp.relay"):
        relays.relay_once()

    assert [record.database for record in caplog.records] == ["default"]
    handed = next(event for event in events if event._state.db == "dedicated")
    handed.refresh_from_db(using="dedicated")
    assert handed.position
    own = streams.opened(streams.installation_stream(), "dedicated")
    heard = own.replay(after=0, subject="vamp.>", limit=100)
    assert handed.subject in {message.subject for message in heard}


def test_relay_once__an_environments_own_stream_is_silent__others_go_on_and_nothing_is_lost(
    environment, other_environment
):
    for each in (environment, other_environment):
        event_in(each)
    far = Silent()
    near = Collecting()
    relays = Relay(lambda stream, _: far if stream == FAR else near)
    scope = Scope("e1", environment.organisation.name, environment.name, FAR)

    for stream in relays.look([scope]):
        relays.relay_to(stream)
    assert {subject.split(".")[1] for subject in near.subjects} == {"globex"}

    far = Collecting()
    for stream in relays.look([scope]):
        relays.relay_to(stream)
    assert {subject.split(".")[1] for subject in far.subjects} == {"acme"}
    assert len(near.subjects) == 1


def test_look__database_does_not_answer__its_lanes_stay(environment, monkeypatch, caplog):
    relays = Relay(lambda *_: Collecting())
    before = relays.look([])

    with connection.execute_wrapper(_refusing), caplog.at_level(logging.ERROR, logger="vamp.relay"):
        assert relays.look([]) == before

    assert {record.getMessage() for record in caplog.records} == {"relay.not_looked"}


def _refusing(execute, sql, params, many, context):
    from django.db import OperationalError

    raise OperationalError("gone")


def test_relay_to__events_that_are_committed__in_few_statements(
    environment, django_assert_max_num_queries
):
    relays = Relay(lambda *_: Collecting())
    (stream,) = relays.look([])
    relays.relay_to(stream)
    event_in(environment)

    with django_assert_max_num_queries(9, using=environment.database):
        assert relays.relay_to(stream) == 1


def test_holds_any__lease_is_ours_and_then_anothers__tells(environment, monkeypatch):
    relays = Relay(lambda *_: Collecting())
    monkeypatch.setattr(relaying, "aliases", lambda: [environment.database])
    (stream,) = relays.look([])
    assert not relays.holds_any()

    relays.relay_to(stream)
    assert relays.holds_any()

    monkeypatch.setattr(relaying, "RENEW_S", 0)
    Lease.objects.using(environment.database).update(holder="another")
    relays.relay_to(stream)
    assert not relays.holds_any()


class Busy(Relay):
    """Relays the same number of events at each look."""

    def __init__(self, count, *, is_holder):
        super().__init__()
        self.count, self.is_holder = count, is_holder

    def relay_to(self, stream, beat=lambda: None):
        return self.count

    def holds_any(self):
        return self.is_holder


class StopAtPause(threading.Event):
    """Is set by the first pause; remembers how long that was to be."""

    def wait(self, timeout=None):
        self.pause_s = timeout
        self.set()
        committed().ring()  # or the loop would listen for a while before it ends


@pytest.mark.parametrize(
    ("count", "is_holder", "pause_s"),
    [
        (relaying.STORM, True, relaying.STORM_PAUSE_S),
        (0, False, relaying.NOT_OURS_PAUSE_S),
    ],
)
def test_loop__bell_rings_on_and_on__looks_less_often(environment, count, is_holder, pause_s):
    stop = StopAtPause()

    relaying.loop(Busy(count, is_holder=is_holder), streams.installation_stream(), stop)

    assert stop.pause_s == pause_s


# It closes its connections at the end, and with them a test's transaction.
@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_loop__stopped__ends(environment):
    stop = threading.Event()
    stop.set()

    relaying.loop(Relay(), streams.installation_stream(), stop)

    assert not StreamCursor.objects.using(environment.database).exists()
