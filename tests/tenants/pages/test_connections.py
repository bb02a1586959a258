from __future__ import annotations

import pytest
from django.urls import reverse

from tenants.connections import installation_kv
from tenants.domain.authority import EVERYTHING
from tenants.models import ConnectionResult
from tenants.pages.page import address
from tenants.services.roles import create_role
from tenants.services.tenancy import change_environment
from tests.factories import ACTOR, user_of
from tests.tenants.test_collectors import end_of


@pytest.fixture
def root(client, platform_administrator):
    client.force_login(platform_administrator)
    return client


def test_connections__of_an_environment__show_each_with_a_test_button(environment, root):
    page = root.get(address("connections", environment)).content.decode()

    for title in ("SQL database", "Key-value store", "Event stream", "Metrics store", "Scheduler"):
        assert title in page
    assert "Nobody has tested it yet" in page
    assert page.count('name="store"') >= 5


def test_connections__tested__says_what_answered_and_by_whom(environment, root):
    installation_kv().prepare()

    answer = root.post(address("connections", environment), {"store": "kv"}, follow=True)

    page = answer.content.decode()
    assert "encrypted folder format 1" in page
    assert "by root" in page
    assert "reads back what was written" in page


def test_connections__that_does_not_answer__says_what_to_do(environment, root, settings, tmp_path):
    (tmp_path / "file").write_text("no folder")
    settings.KV_URL = f"file://{tmp_path}/file"

    page = root.post(address("connections", environment), {"store": "kv"}, follow=True)

    assert "not well" in page.content.decode()
    assert "does not work" in page.content.decode()


def test_connections__proposal__is_shown_as_not_saved(environment, root, tmp_path):
    sent = {"store": "scheduler", "url": f"local:{tmp_path}/none"}

    page = root.post(address("connections", environment), sent)

    assert page.status_code == 200
    assert "tried just now, not saved" in page.content.decode()
    assert not ConnectionResult.objects.exists()


def test_connections__proposal_that_is_refused__says_why_and_not_the_secret(environment, root):
    sent = {"store": "kv", "url": "redis://u:hunter2@h", "secret": "hunter2"}

    page = root.post(address("connections", environment), sent, follow=True).content.decode()

    assert "redis: is no key-value store" in page.lower()
    assert "hunter2" not in page


def test_connections__administrator_of_theirs__tests_what_is_saved_and_proposes_nothing(
    environment, person, client
):
    change_environment(environment, actor=ACTOR, scheduler_url="local:/srv/own")
    client.force_login(person)

    page = client.get(address("connections", environment)).content.decode()
    tested = client.post(address("connections", environment), {"store": "kv"})
    proposal = {"store": "scheduler", "url": "local:/srv/other"}
    refused = client.post(address("connections", environment), proposal, follow=True)
    theirs = client.get(address("connections", environment))

    assert "/srv/own" in page
    assert "data-ask" in page
    assert "Try another address" not in page
    assert "/kv" not in page.split('id="kv"')[1].split("</section>")[0]
    assert tested.status_code == 302
    assert ConnectionResult.objects.get().tested_by == person.login
    assert "Only a platform administrator may try another address" in refused.content.decode()
    assert theirs.status_code == 200
    assert "/kv" not in theirs.content.decode().split('id="kv"')[1].split("</section>")[0]


@pytest.mark.parametrize("role", ["developer", "viewer"])
def test_connections__without_the_right__are_neither_shown_nor_tested(environment, client, role):
    client.force_login(user_of(environment.organisation, "dev", role=role))

    assert client.get(address("connections", environment)).status_code == 403
    assert client.post(address("connections", environment), {"store": "kv"}).status_code == 403
    assert not ConnectionResult.objects.exists()


def test_connections__right_to_see_them_alone__has_no_buttons(environment, person, client):
    create_role(
        person.organisation, "looks", rights=["connection.view"], actor=ACTOR, authority=EVERYTHING
    )
    client.force_login(user_of(environment.organisation, "lou", role="looks"))

    page = client.get(address("connections", environment)).content.decode()

    assert "An administrator can" in page
    assert "data-ask" not in page
    assert client.post(address("connections", environment), {"store": "kv"}).status_code == 403


def test_connections__of_the_organisation_and_installation__have_pages(environment, root):
    here = reverse("organisation-connections", args=["acme"])
    installation = reverse("installation-connections")

    assert "Connections of acme" in root.get(here).content.decode()
    assert "Broker" in root.get(installation).content.decode()
    assert root.post(installation, {"store": "kv"}).status_code == 302
    assert root.post(here, {"store": "scheduler"}).status_code == 404


def test_connections__of_the_installation__are_not_there_for_others(environment, person, client):
    client.force_login(person)

    assert client.get(reverse("installation-connections")).status_code == 404


def test_connections__page__asks_no_more_queries_for_more_results(
    environment, root, django_assert_max_num_queries
):
    for token in range(5):
        end_of(token, environment)

    with django_assert_max_num_queries(11):
        root.get(address("connections", environment))


def test_connections__key_of_agents_waits_for_its_end__is_named_with_the_reason(environment, root):
    end_of(1, environment, waits_for="NATS at nats:4222 does not answer")
    end_of(2, environment)

    page = root.get(address("connections", environment)).content.decode()

    assert "2 users of the stream wait to be revoked" in " ".join(page.split())
    assert "vga-1" in page
    assert "NATS at nats:4222 does not answer" in page
    assert "not tried yet" in page
