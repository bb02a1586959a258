from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from gateways.models import Route
from policies.domain.intervention import Action
from policies.models import Decision, Release
from policies.pages.intervention import ACTIONS
from tenants.pages.page import address
from tests.browser.rows import busy_environment


@pytest.fixture
def release(environment, person, client):
    busy_environment(environment, timezone.now())
    client.force_login(person)
    return Release.objects.in_environment(environment).get(number=2)


def ask(environment, action, number=2):
    return address("release-action", environment, "shop", number, action)


def test_actions__every_one__has_its_words():
    assert set(ACTIONS) == set(Action)


@pytest.mark.parametrize(
    ("action", "target"),
    [("abort", 0), ("promote", 10_000), ("skip", 10_000), ("pause", 5_000)],
)
def test_action__asked__shows_before_and_after_and_does_nothing(
    action, target, environment, release, client
):
    page = client.get(ask(environment, action))

    assert [segment.weight for segment in page.context["before"]] == [5_000, 5_000]
    assert page.context["after"][1].weight == target
    before = release.state_version
    release.refresh_from_db()
    assert release.state_version == before


def test_abort__confirmed__gives_all_traffic_back_and_says_who_and_why(
    environment, release, client
):
    answer = client.post(
        ask(environment, "abort"), {"step": "1", "reason": "wrong prices"}, follow=True
    )

    assert answer.redirect_chain[-1][0] == address("release", environment, "shop", 2)
    weights = dict(
        Route.objects.in_environment(environment)
        .filter(gateway__name="shop")
        .values_list("version", "weight")
    )
    assert weights == {"1.0.0": 0, "1.1.0": 10_000, "1.2.0": 0}
    decision = Decision.objects.in_environment(environment).order_by("-id")[0]
    assert decision.sentence == "acme/ana aborted the release: wrong prices"
    assert "being aborted" in answer.content.decode()


def test_action__release_moved_on__is_refused(environment, release, client):
    answer = client.post(ask(environment, "skip"), {"step": "0"})

    assert any("gone on" in str(message) for message in get_messages(answer.wsgi_request))


def test_action__not_possible_now__says_so(environment, release, client):
    answer = client.get(ask(environment, "resume"))

    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert said == ["The release is running; nothing to resume."]


def test_action__unknown__is_not_there(environment, release, client):
    assert client.get(ask(environment, "explode")).status_code == 404
