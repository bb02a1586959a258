"""The admin's site: the list of apps is made where it is looked at, and nowhere else."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from tenants.domain.authority import EVERYTHING
from tenants.services.roles import create_role
from tests.factories import user_of
from vamp.adminsite.site import Site


@pytest.fixture
def made(monkeypatch):
    calls = []
    build = Site._build_app_dict

    def counted(self, request, label=None):
        calls.append(label)
        return build(self, request, label)

    monkeypatch.setattr(Site, "_build_app_dict", counted)
    return calls


@pytest.mark.parametrize("page", ["admin:tenants_user_changelist", "access"])
def test_site__page_that_shows_no_apps__makes_no_list_of_them(
    environment, person, client, made, page
):
    client.force_login(person)

    assert client.get(reverse(page)).status_code == 200
    assert made == []


def test_app_index__page_of_an_app__lists_what_the_person_may_open(
    environment, person, client, made
):
    client.force_login(person)

    answer = client.get(reverse("admin:app_list", args=["gateways"]))

    assert [app["app_label"] for app in answer.context_data["app_list"]] == ["gateways"]
    assert reverse("admin:gateways_gateway_changelist") in answer.content.decode()
    assert "gateways" in made


def test_app_index__nothing_one_may_open__is_not_found(environment, client):
    organisation = environment.organisation
    create_role(organisation, "judge", ["release.view"], actor="tests", authority=EVERYTHING)
    client.force_login(user_of(organisation, "bob", role="judge"))

    assert client.get(reverse("admin:app_list", args=["gateways"])).status_code == 404


def test_site__of_the_admin__is_ours():
    assert isinstance(admin.site, Site)
