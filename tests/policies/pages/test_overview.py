from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from gateways.models import Agent
from policies.pages.overview import overview
from tests.browser.rows import busy_environment
from tests.factories import dead_letter_in


def test_overview__release_under_way__answers_at_a_glance(
    environment, django_assert_max_num_queries
):
    busy_environment(environment, timezone.now())

    with django_assert_max_num_queries(22, using=environment.database):
        shown = overview(environment)

    tiles = {tile.label: tile for tile in shown["tiles"]}
    assert tiles["Releases under way"].value == "1"
    assert tiles["Instances"].value == "3 of 5"
    assert tiles["Success"].tone == "good"
    assert [chart.gateway for chart, _ in shown["charts"]] == ["shop"]


def test_overview__things_gone_wrong__each_is_told_with_its_action(environment):
    busy_environment(environment, timezone.now())
    Agent.objects.in_environment(environment).filter(name="vga-2").update(
        reported_at=timezone.now() - timedelta(minutes=5)
    )
    dead_letter_in(environment)

    matters = overview(environment)["matters"]

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
