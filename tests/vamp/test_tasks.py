from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tests.factories import event_in
from vamp import outbox, tasks
from vamp.models import OutboxEvent, StreamCursor
from vamp.wiring import events_from_url


def old(settings):
    return timezone.now() - timedelta(days=settings.VAMP.event_retention_days, seconds=1)


def events(environment):
    return OutboxEvent.objects.using(environment.database)


def test_prune__older_than_they_are_kept__go_and_the_rest_stays(environment, settings, monkeypatch):
    monkeypatch.setattr(tasks, "PRUNE_BATCH", 2)
    events(environment).all().delete()
    for position in (1, 2, 3):
        event_in(environment, position=position, emitted_at=old(settings))
    young = event_in(environment, position=4, emitted_at=timezone.now())

    tasks.prune()

    assert events(environment).get() == young


def test_prune__old_but_not_on_the_stream_yet__stays(environment, settings):
    events(environment).all().delete()
    waiting = event_in(environment, emitted_at=old(settings))

    tasks.prune()

    assert events(environment).get() == waiting


def test_prune__everything_went__later_events_still_come_behind_every_cursor(environment, settings):
    events(environment).all().delete()
    stream = events_from_url("db:", database=environment.database)
    for _ in range(3):
        event_in(environment, emitted_at=old(settings))
    outbox.relay(environment.database, stream)
    stream.acknowledge("gateways", stream.fetch("gateways", limit=10, timeout_s=0))
    tasks.prune()
    assert not events(environment).exists()

    later = event_in(environment, emitted_at=timezone.now())
    handed = outbox.relay(environment.database, stream)

    assert handed == 1
    heard = stream.fetch("gateways", limit=10, timeout_s=0)
    assert [message.id for message in heard] == [f"{environment.database}:{later.pk}"]
    cursor = StreamCursor.objects.using(environment.database).get(consumer=outbox.RELAY_CONSUMER)
    assert cursor.position == heard[0].position == 4
