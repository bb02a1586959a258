from __future__ import annotations

from django.urls import reverse

from tenants.pages import switcher
from tenants.services.archiving import archive_environment
from tests.factories import environment_in


def test_switch__ones_own_environment__is_remembered(environment, person, client):
    staging = environment_in("default", name="staging", stage="test")
    client.force_login(person)

    answer = client.get(switcher.address_of(staging))

    assert answer.context["here"] == staging
    assert client.session[switcher.SESSION_KEY] == "acme/staging"
    assert "acme/staging · Test" in answer.content.decode()


def test_switch__another_tenants_environment__is_not_there(
    environment, other_environment, person, client
):
    client.force_login(person)

    answer = client.get(switcher.address_of(other_environment))

    assert answer.status_code == 404
    assert switcher.SESSION_KEY not in client.session


def test_chosen__remembered_environment_is_another_tenants__is_forgotten(
    environment, other_environment, person, client
):
    client.force_login(person)
    session = client.session
    session[switcher.SESSION_KEY] = other_environment.path
    session.save()

    answer = client.get(reverse("admin:index"))

    assert answer.context["here"] == environment


def test_chosen__nothing_remembered__is_the_furthest_down_the_pipeline(environment, person, client):
    environment_in("default", name="last", order=9)
    client.force_login(person)

    answer = client.get(reverse("admin:index"))

    assert answer.context["here"].name == "last"


def test_menu__two_tenants__lists_ones_own(environment, other_environment, person, client):
    client.force_login(person)

    menu = client.get(reverse("admin:index")).context["site_dropdown"]

    assert [item.title for item in menu] == ["acme/production · Development", "All environments"]


def test_badge__production__is_told_from_afar(environment, person, rf):
    environment.stage = "production"
    request = rf.get("/")
    request.user = person
    request.vamp_environment = environment

    assert switcher.stage_badge(request) == ["acme/production", "danger"]


def test_page__nobody_logged_in__leads_to_the_login(environment, client):
    answer = client.get(switcher.address_of(environment))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("admin:login"))


def test_archived_environment__remembered__stays_chosen_and_is_offered_no_more(
    environment, person, client
):
    staging = environment_in("default", name="staging", stage="test")
    archive_environment(staging, actor="root")
    client.force_login(person)
    client.get(switcher.address_of(staging))

    told = client.get(reverse("admin:index")).content.decode()

    assert "acme/staging · Archived" in told
    assert "acme/staging · Test" not in told
