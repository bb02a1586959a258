from __future__ import annotations

import pytest
from django.utils import timezone

from gateways.models import ServiceVersion
from policies.pages.service import standing_words
from tenants.pages.page import address
from tests.browser.rows import busy_environment


def test_service__several_versions__newest_first_in_semantic_order(environment, person, client):
    busy_environment(environment, timezone.now())
    client.force_login(person)

    panels = client.get(address("service", environment, "shop")).context["panels"]

    assert [panel.version.name for panel in panels] == ["1.10.0-rc.1", "1.2.0", "1.1.0", "1.0.0"]
    assert {route.gateway.name for route, _ in panels[2].routes} == {"shop", "internal"}


@pytest.mark.parametrize(
    ("desired", "observed", "ready", "words", "tone"),
    [
        (2, 2, 2, "in sync", "good"),
        (0, 0, 0, "stopped: no instance is wanted", "quiet"),
        (2, 2, 1, "1 of 2 not ready", "warn"),
        (2, 2, 0, "2 of 2 not ready", "bad"),
        (3, 1, 1, "2 of 3 not started yet", "warn"),
        (1, 2, 2, "1 more than wanted; they are being stopped", "warn"),
    ],
)
def test_standing_words__desired_against_observed__says_why_they_differ(
    desired, observed, ready, words, tone
):
    assert standing_words(ServiceVersion(desired=desired), observed, ready) == (words, tone)


def test_standing_words__gone__is_told():
    gone = ServiceVersion(desired=0, is_present=False)

    assert standing_words(gone, 0, 0) == ("gone from the scheduler", "quiet")
