from __future__ import annotations

import pytest

from tenants.domain.authority import EVERYTHING
from tenants.models import SetupRun
from tenants.services.roles import create_role
from tests.factories import ACTOR, given, user_of

HERE = "/api/v1/organisations/acme/environments/production/setup"

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "dedicated"])
"""Each system is asked in a thread of its own, which sees what was committed."""


def test_setup__of_a_new_environment__says_of_each_step_how_far_it_is(environment, api):
    found = api.get(HERE).json()

    assert found["is_done"] is False
    assert found["is_under_way"] is False
    states = {each["name"]: each["state"] for each in found["steps"]}
    assert states["database"] == "done"
    assert states["token"] == "waiting"


def test_setup__asked_for__is_accepted_and_a_second_one_waits(
    environment, client_of, platform_administrator
):
    root = client_of(platform_administrator)

    first, second = root.post(HERE), root.post(HERE)

    assert first.status_code == 202
    assert first.json()["is_under_way"] is True
    assert second.status_code == 409
    assert SetupRun.objects.get().asked_by == "root"


def test_setup__kubeconfig_without_a_cluster__is_refused_and_not_repeated(
    environment, client_of, platform_administrator
):
    root = client_of(platform_administrator)

    answer = root.post(HERE, {"kubeconfig": "token: hunter2"}, format="json")

    assert answer.status_code == 400
    assert "hunter2" not in answer.content.decode()
    assert not SetupRun.objects.exists()


def test_setup__by_a_member__is_read_and_not_run(environment, member, client_of):
    api = client_of(member)

    assert api.get(HERE).status_code == 200
    assert api.post(HERE).status_code == 403
    assert not SetupRun.objects.exists()


def test_setup__kubeconfig_without_the_right_to_secrets__is_refused(environment, client_of):
    organisation = environment.organisation
    user = user_of(organisation, "sue", role="")
    rights = ["environment.view", "environment.change"]
    create_role(organisation, "steward", rights, actor=ACTOR, authority=EVERYTHING)
    given(organisation, role="steward", user=user.login)

    answer = client_of(user).post(HERE, {"kubeconfig": "token: hunter2"}, format="json")

    assert answer.status_code == 403
    assert "secret.change" in answer.content.decode()
    assert not SetupRun.objects.exists()
