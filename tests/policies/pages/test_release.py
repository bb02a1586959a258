from __future__ import annotations

import pytest
from django.utils import timezone

from policies.domain.state import Phase
from policies.pages.release_words import PHASE_TONES
from tenants.pages.page import address
from tests.browser.rows import busy_environment


@pytest.fixture
def opened(environment, person, client):
    busy_environment(environment, timezone.now())
    client.force_login(person)

    def get(number):
        return client.get(address("release", environment, "shop", number)).context

    return get


def test_release__half_way__marks_the_present_step(opened):
    steps = opened(2)["steps"]

    assert [step.standing for step in steps] == ["done", "now", "ahead"]
    assert [step.target_weight for step in steps] == [1_000, 5_000, 10_000]


def test_release__conditions__have_verdict_sentence_evidence_and_chart(opened):
    success, latency = opened(2)["steps"][1].conditions

    assert (success.verdict, success.tone) == ("holds", "good")
    assert success.sentence.startswith("success_ratio is 99.")
    assert success.chart is not None
    assert success.chart.limits
    assert latency.verdict == "not enough evidence"
    assert latency.sentence == "412 of 500 samples, about 5s to go"
    assert latency.filled == 82
    assert latency.limit != "–"


def test_release__not_reached_step__is_not_judged(opened):
    ahead = opened(2)["steps"][2].conditions[0]

    assert (ahead.verdict, ahead.sentence, ahead.chart) == ("", "not judged", None)


def test_release__rolled_back__shows_where_it_stopped_and_no_action(opened):
    context = opened(1)

    assert [step.standing for step in context["steps"]] == ["stopped", "ahead", "ahead"]
    assert context["actions"] == []


def test_release__running__offers_what_is_possible(opened):
    assert [words.action for words, _ in opened(2)["actions"]] == [
        "pause",
        "skip",
        "promote",
        "abort",
    ]


def test_tones__every_phase__has_one():
    assert set(PHASE_TONES) == set(Phase)
