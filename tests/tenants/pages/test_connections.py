from __future__ import annotations

import pytest
from django.urls import reverse

from tenants.connections import installation_kv
from tenants.models import ConnectionResult
from tenants.pages.page import address
from tenants.services.tenancy import change_environment
from tests.factories import ACTOR


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


def test_connections__member__reads_without_buttons_and_addresses_of_the_installation(
    environment, person, client
):
    change_environment(environment, actor=ACTOR, scheduler_url="local:/srv/own")
    client.force_login(person)

    page = client.get(address("connections", environment)).content.decode()
    refused = client.post(address("connections", environment), {"store": "kv"})

    assert "/srv/own" in page
    assert "data-ask" not in page
    assert "/kv" not in page.split('id="kv"')[1].split("</section>")[0]
    assert refused.status_code == 403


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
    with django_assert_max_num_queries(10):
        root.get(address("connections", environment))
