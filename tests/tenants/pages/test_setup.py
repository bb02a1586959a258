from __future__ import annotations

import pytest

from tenants.models import SetupRun
from tenants.pages.page import address
from tenants.pages.setup import progress
from tenants.services.setup.running import StepState, work_off
from tenants.services.tenancy import change_environment
from tests.factories import ACTOR

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "dedicated"])
"""Each system is asked in a thread of its own, which sees what was committed."""


@pytest.fixture
def root(client, platform_administrator):
    client.force_login(platform_administrator)
    return client


def test_setup__run__shows_its_steps_and_then_what_is_left(environment, root):
    begun = root.post(address("setup", environment), follow=True).content.decode()
    work_off(environment, SetupRun.objects.get().number)

    ended = root.get(address("setup", environment)).content.decode()

    assert "The set-up has begun" in begun
    assert "waits for a worker" in begun
    assert "5 of 7 steps are done" in ended
    assert "Open the Agents page" in ended
    assert "setup_environment acme/production" in ended


def test_setup__second_run_at_the_same_time__says_to_wait(environment, root):
    root.post(address("setup", environment))

    page = root.post(address("setup", environment), follow=True).content.decode()

    assert "under way" in page


def test_setup__of_a_cluster__shows_the_manifest_and_takes_a_kubeconfig(environment, root):
    url = "kubernetes://127.0.0.1:1?tls=off"
    change_environment(environment, actor=ACTOR, scheduler_url=url, namespace="shop")

    page = root.get(address("setup", environment)).content.decode()
    refused = root.post(
        address("setup", environment), {"kubeconfig": "token: hunter2"}, follow=True
    ).content.decode()

    assert "kind: RoleBinding" in page
    assert "cannot be used" in refused
    assert "hunter2" not in refused


def test_setup__member__reads_and_may_not_run(environment, member, client):
    client.force_login(member)

    page = client.get(address("setup", environment)).content.decode()

    assert "An administrator can run the set-up" in page
    assert client.post(address("setup", environment)).status_code == 403
    assert not SetupRun.objects.exists()


def test_progress__of_steps__counts_those_that_are_done():
    steps = [StepState("a", "A", "done"), StepState("b", "B", "failed")]

    assert progress(steps) == (1, 2)
