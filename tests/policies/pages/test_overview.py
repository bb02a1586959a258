from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gateways.models import Agent, Synchronisation
from policies.pages.overview import overview
from tests.browser.rows import busy_environment
from tests.factories import dead_letter_in, environment_in


def test_overview__release_under_way__answers_at_a_glance(
    environment, person, django_assert_max_num_queries
):
    busy_environment(environment, timezone.now())

    with django_assert_max_num_queries(23, using=environment.database):
        shown = overview(person, environment)

    tiles = {tile.label: tile for tile in shown["tiles"]}
    assert tiles["Releases under way"].value == "1"
    assert tiles["Instances"].value == "3 of 5"
    assert tiles["Success"].tone == "good"
    assert [chart.gateway for chart, _ in shown["charts"]] == ["shop"]


def test_overview__things_gone_wrong__each_is_told_with_its_action(environment, person):
    busy_environment(environment, timezone.now())
    Agent.objects.in_environment(environment).filter(name="vga-2").update(
        reported_at=timezone.now() - timedelta(minutes=5)
    )
    dead_letter_in(environment)

    matters = overview(person, environment)["matters"]

    told = " ".join(matter.text for matter in matters)
    assert "Release 1 of shop (1.1.0) was rolled back" in told
    assert "Agent vga-2 at 127.0.0.2 has not reported" in told
    assert "shop 1.2.0: 1 of 2 not ready (readiness probe: connection refused)" in told
    assert "1 event could not be worked off" in told
    assert all(matter.link and matter.action for matter in matters)


def test_overview__nothing_there__gives_the_first_steps(environment, person, client):
    client.force_login(person)

    page = client.get(reverse("admin:index")).content.decode()

    assert "Nothing runs here yet" in page
    assert reverse("gateway-new", args=["acme", "production"]) in page


def test_overview__no_environment__gives_the_command(platform_administrator, client):
    client.force_login(platform_administrator)

    page = client.get(reverse("admin:index")).content.decode()

    assert "python manage.py lift" in page


def test_overview__fragment__is_the_live_part(environment, person, client):
    client.force_login(person)

    page = client.get(reverse("admin:index"), {"fragment": 1}).content.decode()

    assert "<html" not in page
    assert 'data-live-region="tiles"' in page


def noted(environment, **fields):
    row = Synchronisation(environment=environment, since=timezone.now(), **fields)
    row.save()


def scheduler_tile(person, environment):
    tiles = overview(person, environment)["tiles"]
    return next(each for each in tiles if each.label == "Scheduler")


def test_overview__scheduler_not_looked_at__says_so_and_alarms_nobody(environment, person):
    shown = scheduler_tile(person, environment)

    assert (shown.value, shown.note, shown.tone) == ("–", "not looked at yet", "")
    assert overview(person, environment)["matters"] == []


def test_overview__scheduler_in_sync__says_since_when(environment, person):
    noted(environment, is_in_sync=True)

    shown = scheduler_tile(person, environment)

    assert (shown.value, shown.tone) == ("in sync", "good")
    assert shown.at is not None
    assert overview(person, environment)["matters"] == []


@pytest.mark.parametrize("is_new", [True, False])
def test_overview__scheduler_not_in_sync__needs_attention_with_its_reason(
    environment, person, client, is_new
):
    noted(environment, error="<docker> does not answer")
    if not is_new:
        busy_environment(environment, timezone.now())
    client.force_login(person)

    page = client.get(reverse("admin:index")).content.decode()

    assert scheduler_tile(person, environment).tone == "bad"
    assert "The scheduler is not in sync: &lt;docker&gt; does not answer." in page
    assert "python manage.py doctor" in page
    assert "since <time" in page


def test_overview__long_reason__is_short_in_the_tile_and_whole_below(environment, person):
    noted(environment, error="x" * 500)

    assert len(scheduler_tile(person, environment).note) == 100
    assert "x" * 500 in overview(person, environment)["matters"][0].text


def test_overview__scheduler_of_a_neighbour__is_not_told(environment, person):
    noted(environment_in(environment.database, organisation="globex"), error="theirs")

    assert scheduler_tile(person, environment).value == "–"
