from __future__ import annotations

from gateways.models import Gateway
from tests.factories import GatewayFactory, event_in
from vamp.models import OutboxEvent
from vamp.rehearsal import rehearsed


def test_rehearsed__dry_run__is_taken_back_with_its_events(environment):
    events = OutboxEvent.objects.using(environment.database)
    before = events.count()

    with rehearsed(environment.database, is_dry_run=True):
        GatewayFactory.create(environment=environment)
        event_in(environment)
        assert Gateway.objects.in_environment(environment).exists()

    assert not Gateway.objects.in_environment(environment).exists()
    assert events.count() == before


def test_rehearsed__for_good__stays(environment):
    with rehearsed(environment.database, is_dry_run=False):
        GatewayFactory.create(environment=environment)

    assert Gateway.objects.in_environment(environment).exists()
