from datetime import timedelta

import pytest
import responses
from django.utils import timezone

from policies.models import HookDelivery
from policies.services.hooks import deliver_due
from tests.factories import HookDeliveryFactory
from vamp.models import OutboxEvent

URL = "http://ci.example.test/hook"


@pytest.fixture
def delivery(environment):
    request = {
        "method": "POST",
        "headers": {"Authorization": "Bearer s3cret"},
        "timeout_s": 5,
        "attempts": 2,
        "body": {"event": "failure", "gateway": "shop"},
    }
    return HookDeliveryFactory.create(
        environment=environment, event="failure", request=request, next_at=timezone.now()
    )


def fresh(delivery):
    return HookDelivery.objects.in_environment(delivery.environment).get(pk=delivery.pk)


@responses.activate
def test_deliver_due__answered__is_called_once_with_body_and_headers(environment, delivery):
    responses.post(URL, status=204)

    assert deliver_due(environment) == 1
    assert deliver_due(environment) == 0

    call = responses.calls[0].request
    assert call.headers["Authorization"] == "Bearer s3cret"
    assert call.headers["Vamp-Event"] == "failure"
    assert b'"gateway": "shop"' in call.body
    after = fresh(delivery)
    assert after.delivered_at is not None
    assert after.next_at is None
    assert after.answer == "answered 204 No Content"


@responses.activate
def test_deliver_due__refused__is_tried_again_later_then_given_up(environment, delivery):
    responses.post(URL, status=500)
    deliver_due(environment)
    after = fresh(delivery)
    assert timedelta(0) < after.next_at - timezone.now() <= timedelta(seconds=2)

    HookDelivery.objects.in_environment(environment).update(next_at=timezone.now())
    deliver_due(environment)

    after = fresh(delivery)
    assert (after.attempts, after.next_at, after.delivered_at) == (2, None, None)
    events = OutboxEvent.objects.using(environment.database).filter(subject__endswith="hook.failed")
    assert events.get().payload["attempts"] == 2


@responses.activate
def test_deliver_due__claimed_by_another_worker__is_not_called(environment, delivery):
    HookDelivery.objects.in_environment(environment).update(
        attempts=1, next_at=timezone.now() + timedelta(seconds=90)
    )

    assert deliver_due(environment) == 0
    assert len(responses.calls) == 0
