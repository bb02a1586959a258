"""The page of one gateway, with the releases that move its traffic."""

from __future__ import annotations

import pytest

from policies.pages.gateway import LIVE_EVENTS, RELEASES_SHOWN
from tenants.pages.page import address
from tests.factories import GatewayFactory, ReleaseFactory, gateway_with


@pytest.fixture
def opened(environment, person, client):
    client.force_login(person)

    def get(name="shop", **query):
        return client.get(address("gateway", environment, name), query)

    return get


def test_gateway__with_a_release_under_way__shows_it_and_those_before(environment, opened):
    last = ReleaseFactory.create(environment=environment, number=9)
    for number in range(1, RELEASES_SHOWN + 2):
        ReleaseFactory.create(
            environment=environment,
            gateway=last.gateway,
            policy_version=last.policy_version,
            number=number,
            active=None,
            started_at=last.started_at.replace(hour=number),
        )

    context = opened().context

    assert context["active"].release.number == 9
    assert [line.release.number for line in context["releases"]] == [9, 6, 5, 4, 3]


def test_gateway__releases_of_another_gateway__are_not_shown(environment, opened):
    ReleaseFactory.create(environment=environment)
    gateway_with(environment, {"1.0.0": 10_000}, name="internal")

    context = opened("internal").context

    assert context["active"] is None
    assert context["releases"] == []


@pytest.mark.parametrize(("title", "shown"), [("Web shop", "Web shop"), ("", "Gateway shop")])
def test_gateway__with_or_without_title__is_called_by_what_it_has(
    environment, opened, title, shown
):
    gateway_with(environment, {"1.0.0": 10_000}, title=title)

    assert opened().context["title"] == shown


@pytest.mark.parametrize("name", ["nobody", "old"])
def test_gateway__not_there_or_removed__is_not_found(environment, opened, name):
    GatewayFactory.create(environment=environment, name="old", is_removed=True)

    assert opened(name).status_code == 404


def test_gateway__fragment__is_the_live_part(environment, opened):
    gateway_with(environment, {"1.0.0": 10_000})

    page = opened(fragment=1).content.decode()

    assert "<html" not in page
    assert "data-live-region" in page


def test_live_events__of_the_page__name_things_once():
    names = LIVE_EVENTS.split()

    assert len(names) == len(set(names))
    assert {"policies.release.changed", "gateways.weights.changed"} <= set(names)
