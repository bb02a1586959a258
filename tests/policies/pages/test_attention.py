"""What needs a person: when it is told, how bad it is, and what to do about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateways.models import Agent, Gateway, Synchronisation
from gateways.selectors import Liveness, services_in
from policies.domain.state import Phase
from policies.models import Release
from policies.pages import attention
from policies.pages.release_words import ReleaseLine
from tenants.models import Environment, Organisation
from tests.factories import NOON, InstanceFactory, ServiceFactory, VersionFactory

HERE = Environment(
    pk=7, name="production", organisation=Organisation(name="acme"), database="default"
)


def line(status, **fields):
    release = Release(
        environment=HERE,
        gateway=Gateway(name="shop", environment=HERE),
        number=3,
        status=status,
        target="shop-2",
        **fields,
    )
    return ReleaseLine(release, "/releases/3", "", "", "half", 2, 3, ())


def waiting(status, **fields):
    return list(attention.releases_waiting([line(status, **fields)], NOON))


def test_release__waiting_for_approval__asks_for_it():
    (matter,) = waiting("waiting_for_approval")

    assert matter.text == "Release 3 of shop has its evidence for step half and waits for approval."
    assert (matter.tone, matter.action, matter.link) == (
        "warn",
        "Approve or abort",
        "/releases/3",
    )


def test_release__paused__says_why():
    (matter,) = waiting("paused", reason="ana paused it")

    assert matter.text == "Release 3 of shop is paused: ana paused it"


@pytest.mark.parametrize(
    ("hours_ago", "version", "told"),
    [(1, "2.0.0", ["(2.0.0)"]), (1, "", ["(shop-2)"]), (25, "2.0.0", [])],
)
def test_release__rolled_back__is_told_for_a_day(hours_ago, version, told):
    ended = NOON - timedelta(hours=hours_ago)

    matters = waiting("rolled_back", ended_at=ended, target_version=version, reason="errors: 20%")

    assert [matter.tone for matter in matters] == ["bad"] * len(told)
    for matter, words in zip(matters, told, strict=True):
        assert words in matter.text
        assert matter.text.endswith("was rolled back: errors: 20%")
        assert matter.at == ended


@pytest.mark.parametrize(
    "phase", sorted(set(Phase) - {Phase.WAITING_FOR_APPROVAL, Phase.PAUSED, Phase.ROLLED_BACK})
)
def test_release__going_on_by_itself_or_well__needs_nobody(phase):
    assert waiting(phase.value, ended_at=NOON) == []


def behind(liveness, seconds_ago=60):
    gateway = Gateway(name="shop", changed_at=NOON - timedelta(seconds=seconds_ago))
    found = attention.gateways_behind(HERE, [gateway], {"shop": liveness}, NOON)
    return [(matter.tone, matter.text, matter.command) for matter in found]


@pytest.mark.parametrize(
    ("liveness", "told"),
    [
        (Liveness(5, 5, 2, 2), []),
        (Liveness(5, 5, 0, 0), []),
        (
            Liveness(5, 4, 0, 2, ("vga-1", "vga-2")),
            [
                (
                    "bad",
                    "Gateway shop is not published: 5 desired, 4 published.",
                    "python manage.py publish_stale",
                )
            ],
        ),
        (Liveness(5, 5, 1, 2, ("vga-1",)), [("warn", "vga-1 is behind on gateway shop.", "")]),
        (
            Liveness(5, 5, 0, 2, ("vga-1", "vga-2")),
            [("warn", "vga-1, vga-2 are behind on gateway shop.", "")],
        ),
    ],
)
def test_gateway__by_what_is_served__is_told_when_it_lags(liveness, told):
    assert behind(liveness) == told


def test_gateway__changed_a_moment_ago__is_left_to_settle():
    assert behind(Liveness(5, 4, 0, 2, ("vga-1",)), seconds_ago=29) == []


def in_trouble(*agents, has_gateways=True):
    found = attention.agents_in_trouble(agents, has_gateways=has_gateways, now=NOON)
    return [matter.text for matter in found]


def test_agents__none_at_all__matters_where_there_are_gateways():
    assert in_trouble() == ["No agent serves this environment, so no gateway takes traffic."]
    assert in_trouble(has_gateways=False) == []


@pytest.mark.parametrize(("beyond_s", "is_told"), [(-1, False), (0, False), (1, True)])
def test_agent__silent_for_longer_than_allowed__is_told(settings, beyond_s, is_told):
    silent = timedelta(seconds=settings.VAMP.agent_timeout_s + beyond_s)
    agent = Agent(name="vga-1", reported_at=NOON - silent, faults=[])

    told = ["Agent vga-1 at an unknown address has not reported."] if is_told else []
    assert in_trouble(agent) == told


def test_agent__with_many_faults__tells_three_with_their_gateway():
    faults = [{"gateway": "shop", "message": "port taken"}, {"message": "disk full"}]
    agent = Agent(name="vga-1", reported_at=NOON, faults=[*faults, {}, {"message": "more"}])

    assert in_trouble(agent) == [
        "Agent vga-1 on gateway shop: port taken",
        "Agent vga-1: disk full",
        "Agent vga-1: ",
    ]


def test_service__not_all_ready__gives_each_reason_once(environment):
    service = ServiceFactory.create(environment=environment)
    version = VersionFactory.create(environment=environment, service=service, desired=2)
    VersionFactory.create(environment=environment, service=service, name="0.9.0", desired=0)
    for number in range(2):
        InstanceFactory.create(
            environment=environment,
            version=version,
            port=9001 + number,
            is_ready=False,
            reason="probe: refused",
        )

    (matter,) = attention.services_out_of_step(environment, list(services_in(environment)))

    assert matter.text == "shop 1.0.0: 2 of 2 not ready (probe: refused)."
    assert matter.tone == "bad"


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, []),
        (1, ["1 event could not be worked off."]),
        (2, ["2 events could not be worked off."]),
    ],
)
def test_given_up__by_their_number__are_told(count, told):
    assert [matter.text for matter in attention.given_up(count)] == told


@pytest.mark.parametrize("row", [None, Synchronisation(is_in_sync=True, since=NOON)])
def test_scheduler__in_sync_or_not_looked_at__needs_nobody(row):
    assert list(attention.scheduler_out_of_sync(HERE, row)) == []


@pytest.mark.parametrize(
    ("error", "told"), [("no answer.", "not in sync: no answer. V"), ("", "not in sync. V")]
)
def test_scheduler__not_in_sync__says_why_since_when_and_what_to_do(error, told):
    row = Synchronisation(is_in_sync=False, since=NOON, error=error)

    (matter,) = attention.scheduler_out_of_sync(HERE, row)

    assert told in matter.text
    assert (matter.tone, matter.at) == ("bad", NOON)
    assert matter.link.endswith("/environment/7/change/")
    assert matter.action
    assert matter.command == "python manage.py doctor"
