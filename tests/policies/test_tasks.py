from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from policies import tasks
from policies.documents.read import policy_from_value
from policies.models import HookDelivery, Release
from policies.services.documents import put_policy
from policies.services.releases import start_release
from tests.factories import HookDeliveryFactory, gateway_with
from tests.policies.services.running import serve
from tests.policies.services.test_ticking import POLICY
from vamp import leases


@pytest.fixture
def release(environment):
    put_policy(environment, policy_from_value(POLICY).document, actor="ana")
    gateway = gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0}, policy="canary")
    release = start_release(gateway, target="shop-1.1.0", actor="ana")
    serve(environment, gateway, timezone.now())
    return release


def fresh(release):
    return Release.objects.in_environment(release.environment).get(pk=release.pk)


def test_tick__release_is_running__is_looked_at(release):
    tasks.tick()

    assert fresh(release).state_version > release.state_version


def test_tick__another_process_has_the_lease__leaves_the_environment_to_it(
    environment, release, monkeypatch
):
    monkeypatch.setattr(leases, "HOLDER", "another")
    leases.acquire(f"policies.tick/{environment.pk}", using=environment.database, seconds=10)
    monkeypatch.undo()

    tasks.tick()

    assert fresh(release).state_version == release.state_version


def test_start_due__environment_is_gone__does_nothing(environment):
    tasks.start_due_in(environment.pk + 1)

    assert not Release.objects.in_environment(environment).exists()


def test_deliver_hooks__none_is_due__calls_nobody(environment):
    HookDeliveryFactory.create(
        environment=environment, next_at=timezone.now() + timedelta(minutes=1)
    )

    tasks.deliver_hooks()

    assert HookDelivery.objects.in_environment(environment).get().attempts == 0


def test_deliver_hooks__one_is_due_and_nobody_answers__is_counted_and_due_again(environment):
    HookDeliveryFactory.create(
        environment=environment,
        url="http://127.0.0.1:9/hook",
        next_at=timezone.now(),
        request={"method": "POST", "headers": {}, "body": {}, "attempts": 6, "timeout_s": 1},
    )

    tasks.deliver_hooks()

    delivery = HookDelivery.objects.in_environment(environment).get()
    assert delivery.attempts == 1
    assert delivery.next_at > timezone.now()
    assert delivery.answer.startswith("no answer: ")
