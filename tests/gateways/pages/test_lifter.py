from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.domain.store import OF_ENVIRONMENT, Store
from tenants.models import ConnectionResult
from tenants.services.checks import key_of
from tests.factories import AgentFactory, environment_in, user_of
from vamp.ports.checks import Check


def noted(place, store, tone="good"):
    check = Check("it", "1.0")
    check.good("answers")
    if tone != "good":
        getattr(check, tone)("is there", "it is not", "do it")
    found = check.done()
    ConnectionResult.objects.create(
        key=key_of(place, store), ok=found.ok, is_prepared=found.is_prepared,
        found=found.as_json(), tested_at=timezone.now(), tested_by="root",
    )  # fmt: skip


@pytest.fixture
def root(client, platform_administrator):
    client.force_login(platform_administrator)
    return client


def lines(client):
    return {line.name: line for line in client.get(reverse("lifter")).context["lines"]}


def test_overview__nothing_tested__says_to_test(environment, root):
    assert lines(root)["acme/production"].next_step == "Test the connections"


def test_overview__worst_first__says_what_to_do_next(environment, root):
    for store in OF_ENVIRONMENT:
        noted(environment, store, "unprepared" if store is Store.METRICS else "good")
    assert lines(root)["acme/production"].next_step == "Run the set-up"

    ConnectionResult.objects.filter(key=key_of(environment, Store.KV)).delete()
    noted(environment, Store.KV, "bad")
    found = lines(root)["acme/production"]
    assert found.next_step == "Mend the key-value store"
    assert "it is not" in next(cell.why for cell in found.cells if cell.glance.tone == "bad")


def test_overview__all_well_with_an_agent__has_nothing_to_do(environment, root):
    for store in OF_ENVIRONMENT:
        noted(environment, store)
    assert lines(root)["acme/production"].next_step == "Start an agent"

    AgentFactory.create(environment=environment, reported_at=timezone.now())

    assert lines(root)["acme/production"].next_step == ""
    assert "1 of 1 is set up" in root.get(reverse("lifter")).content.decode()


def test_overview__test_all__asks_every_connection_of_the_page(environment, root, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "gateways.pages.lifter.ask_connections", lambda places, actor: asked.append(places)
    )

    assert root.post(reverse("lifter")).status_code == 302

    assert asked == [[None, environment]]


def test_overview__member__sees_own_environments_and_no_installation(environment, person, client):
    environment_in("default", organisation="globex")
    client.force_login(person)

    page = client.get(reverse("lifter"))

    assert [line.name for line in page.context["lines"]] == ["acme/production"]
    assert page.context["installation"] is None


def test_overview__administrator_of_an_organisation__tests_all_of_their_own(
    environment, person, client, monkeypatch
):
    asked = []
    monkeypatch.setattr(
        "gateways.pages.lifter.ask_connections", lambda places, actor: asked.append(places)
    )
    environment_in("default", organisation="globex")
    client.force_login(person)

    assert "Test all" in client.get(reverse("lifter")).content.decode()
    client.post(reverse("lifter"))

    assert asked == [[environment]]


def test_overview__who_may_test_nothing__is_not_offered_it(environment, client):
    client.force_login(user_of(environment.organisation, "vi", role="viewer"))

    assert "Test all" not in client.get(reverse("lifter")).content.decode()
    assert client.post(reverse("lifter")).status_code == 403


def test_overview__no_environment__says_how_to_make_one(root):
    assert "manage.py lift acme/production" in root.get(reverse("lifter")).content.decode()


def test_overview__more_environments__costs_the_same_queries(
    environment, root, django_assert_max_num_queries
):
    for number in range(15):
        environment_in("default", organisation=f"tenant-{number}")

    with django_assert_max_num_queries(10):
        root.get(reverse("lifter"))
