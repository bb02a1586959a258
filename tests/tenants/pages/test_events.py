"""The page of events: of every database of an organisation, narrowed as asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.factories import NOON, environment_in, event_in, user_of
from vamp import merged
from vamp.models import OutboxEvent

EVENTS = "/admin/organisations/acme/events/"


@pytest.fixture
def happened(environment, person):
    """An event of the environment, of its neighbour in the other database, and of a stranger."""
    elsewhere = "dedicated" if environment.database == "default" else "default"
    staging = environment_in(elsewhere, name="staging")
    theirs = environment_in("default", organisation="globex")
    for database in ("default", "dedicated"):
        OutboxEvent.objects.using(database).all().delete()
    event_in(environment, "gateways.weights.changed", payload={"gateway": "<b>shop</b>"})
    event_in(staging, emitted_at=NOON + timedelta(hours=1), position=7)
    event_in(theirs, payload={"gateway": "theirs"})
    return environment


@pytest.fixture
def visitor(person, client):
    client.force_login(person)
    return client


def text(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


def listed(answer):
    return [row.environment for row, _ in answer.context["events"]]


def test_events__of_an_organisation__are_in_order_over_its_databases(happened, visitor):
    answer = visitor.get(EVENTS)

    assert listed(answer) == ["staging", "production"]
    page = text(answer)
    assert "Weights of &lt;b&gt;shop&lt;/b&gt; changed" in page
    assert "theirs" not in page
    assert "not yet" in page


def test_events__narrowed__keep_to_it_on_the_second_page(happened, visitor):
    for number in range(60):
        event_in(happened, emitted_at=NOON + timedelta(seconds=number))

    first = visitor.get(EVENTS, {"environment": "production"})

    assert listed(first) == ["production"] * 50
    assert "?environment=production&amp;page=2" in text(first)
    assert len(listed(visitor.get(EVENTS, {"environment": "production", "page": 2}))) == 11
    assert listed(visitor.get(EVENTS, {"since": "2026-03-01T12:30"})) == ["staging"]
    assert listed(visitor.get(EVENTS, {"until": "2026-03-01T11:30"})) == []


def test_events__searched__finds_words_of_subject_and_payload(happened, visitor, monkeypatch):
    assert listed(visitor.get(EVENTS, {"q": "WEIGHTS shop"})) == ["production"]
    assert "Nothing matches" in text(visitor.get(EVENTS, {"q": "theirs"}))

    monkeypatch.setattr(merged, "MOST_SEARCHED", 1)
    event_in(happened, emitted_at=NOON + timedelta(minutes=3))
    page = text(visitor.get(EVENTS, {"q": "shop"}))
    note = page.partition("What fits is listed back to")[2].partition("</p>")[0]
    assert "?q=shop&amp;until=2026-03-01T12%3A00%3A00.000" in note
    assert "export" not in note


@pytest.mark.parametrize("count", [1, 60])
def test_events__any_number__takes_the_same_queries(
    count, happened, visitor, django_assert_max_num_queries
):
    for _ in range(count):
        event_in(happened)
    visitor.get(EVENTS)

    with django_assert_max_num_queries(11, using="default"):
        visitor.get(EVENTS)


def test_events__of_one_who_may_see_an_environment_alone__are_of_that(happened, client):
    bo = user_of(happened.organisation, "bo", role="viewer", environment="production")
    client.force_login(bo)

    assert listed(client.get(EVENTS, {"environment": "production"})) == ["production"]
    text(client.get(EVENTS), 403)
    text(client.get(EVENTS, {"environment": "staging"}), 403)


def test_events__of_another_organisation__are_not_there(happened, visitor):
    text(visitor.get("/admin/organisations/globex/events/"), 404)


def test_admin__list_of_events__leads_to_the_page(happened, visitor, platform_administrator):
    changelist = reverse("admin:vamp_outboxevent_changelist")

    assert visitor.get(changelist)["Location"] == f"{EVENTS}?environment=production"
    assert visitor.get(changelist, {"q": "shop"})["Location"] == f"{EVENTS}?q=shop"
