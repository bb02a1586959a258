from __future__ import annotations

import pytest
from django.urls import reverse

from tenants.models import Environment
from tenants.services.namespaces import set_secret
from tenants.services.tenancy import change_environment

PAGE = reverse("environment-clone", args=["acme", "production"])


@pytest.fixture
def root(environment, platform_administrator, client):
    client.force_login(platform_administrator)
    return client


def test_clone__filled_in__is_made_and_says_what_is_missing(root, environment):
    set_secret(environment, "metrics", "hunter2", actor="root")
    assert "An environment like acme/production" in root.get(PAGE).content.decode()

    answer = root.post(PAGE, {"name": "staging", "stage": "test", "order": "2"}, follow=True)

    made = Environment.objects.get(name="staging")
    assert (made.stage, made.order) == ("test", 2)
    told = answer.content.decode()
    assert "acme/staging is made, with 0 gateways, 0 policies." in told
    assert "the secrets metrics" in told
    assert answer.redirect_chain[-1][0] == reverse(
        "admin:tenants_environment_change", args=[made.pk]
    )


def test_clone__something_wrong__is_said_and_what_was_typed_stays(root, environment):
    change_environment(environment, actor="root", scheduler_url="local:/srv/x", namespace="live")

    answer = root.post(
        PAGE,
        {"name": "staging", "stage": "test", "scheduler_url": "local:/srv/x", "namespace": "live"},
    )

    told = answer.content.decode()
    assert answer.status_code == 409
    assert "Another environment has this scheduler and namespace" in told
    assert 'value="staging"' in told


def test_clone__number_that_is_none__is_refused(root, environment):
    answer = root.post(PAGE, {"name": "staging", "stage": "test", "order": "soon"})

    assert answer.status_code == 400
    assert "/order" in answer.content.decode()


def test_clone__member__may_not(environment, member, client):
    client.force_login(member)
    assert "An administrator can clone acme/production." in client.get(PAGE).content.decode()

    answer = client.post(PAGE, {"name": "staging", "stage": "test"})

    assert answer.status_code == 403
    assert Environment.objects.count() == 1
