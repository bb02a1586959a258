"""Each condition of a step as its release's page shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from policies.domain.machine import begin
from policies.domain.policy import Fixed, Operator, Source
from policies.domain.progress import Progress
from policies.domain.state import Phase
from policies.models import Evaluation
from policies.pages.evidence import evaluations_of, panels
from tests.factories import EvaluationFactory, ReleaseFactory, environment_in
from tests.policies.domain.plans import START, at, begun, condition, policy, step

NOW = at(4)


def row(**fields):
    told = {
        "verdict": "pass",
        "value": 0.004,
        "baseline": 0.01,
        "samples": 250,
        "sentence": "errors: it is so",
        "at": START,
    }
    return Evaluation(**{**told, **fields})


def panel(rows=(), state=None, index=0, now=NOW, **changes):
    plan = policy(step(conditions=[condition(**changes)]), step("all", 10_000))
    shown = panels(plan.steps[index], index, {(index, "errors"): rows}, state or begun(plan), now)
    assert len(shown) == 1
    return shown[0]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, "at most 1%, over 10s"),
        ({"baseline": Fixed(0.02, "strict")}, "at most 2% (strict), over 10s"),
        ({"baseline": Source()}, "at most the source's, over 10s"),
        (
            {"baseline": Source(1.2, 0.01), "operator": Operator.BELOW},
            "below 1.2 × the source's with 1% of room, over 10s",
        ),
        (
            {"metric": "latency_p95", "operator": Operator.ABOVE, "baseline": Fixed(60)},
            "above 60 ms, over 10s",
        ),
    ],
)
def test_panel__of_a_condition__says_what_is_wanted(changes, wanted):
    assert panel(**changes).wanted == wanted


@pytest.mark.parametrize(
    ("verdict", "words", "tone"),
    [
        ("pass", "holds", "good"),
        ("fail", "does not hold", "bad"),
        ("inconclusive", "not enough evidence", "warn"),
        ("error", "could not be measured", "warn"),
    ],
)
def test_panel__judged__shows_the_newest_verdict_with_its_numbers(verdict, words, tone):
    shown = panel([row(verdict="fail", value=0.5), row(verdict=verdict, at=at(3))])

    assert (shown.verdict, shown.tone) == (words, tone)
    assert (shown.value, shown.limit, shown.samples) == ("0.4%", "1%", 250)
    assert (shown.at, shown.sentence) == (at(3), "It is so")
    assert shown.chart is not None


def test_panel__not_judged__shows_the_fixed_limit_and_no_value():
    shown = panel()

    assert (shown.verdict, shown.tone, shown.value, shown.limit) == ("", "quiet", "–", "1%")
    assert shown.chart is None
    assert panel(baseline=Source()).limit == "–"


def test_panel__newest_without_a_limit__shows_the_last_one_known():
    assert panel([row(baseline=0.03), row(baseline=None)], baseline=Source()).limit == "3%"


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("errors: error_ratio is 0.4%", "error_ratio is 0.4%"),
        ("errors: 12 of 100 samples", "12 of 100 samples"),
        ("errors is not measured", "Errors is not measured"),
    ],
)
def test_panel__sentence__begins_as_sentences_do(sentence, shown):
    assert panel([row(sentence=sentence)]).sentence == shown


@pytest.mark.parametrize(
    ("samples", "needed", "filled"), [(0, 100, 0), (99, 100, 99), (250, 100, 100), (0, 0, 100)]
)
def test_panel__samples__fill_up_to_what_is_needed(samples, needed, filled):
    assert panel([row(samples=samples)], minimum_samples=needed).filled == filled


def test_panel__before_the_split_is_live__waits_for_the_agents():
    plan = policy()

    assert panel(state=begin(plan, START).state).sentence == (
        "Waits until every agent serves this split."
    )


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (at(4), "The first window ends in 6s."),
        (at(10), "Waits for the agents' counts of the first window."),
    ],
)
def test_panel__first_window__says_what_it_waits_for(now, sentence):
    assert panel(now=now).sentence == sentence


def test_panel__of_another_step_or_after_the_end__is_not_judged():
    state = begun(policy())

    assert panel(state=state, index=1).sentence == "not judged"
    assert panel(state=replace(state, phase=Phase.ROLLED_BACK)).sentence == "not judged"


@pytest.mark.parametrize(
    ("successes", "failures", "words"),
    [
        (1, 0, "1 of 3 passing verdicts in a row"),
        (0, 2, "0 of 3 passing verdicts in a row, 2 failed of 2 tolerated"),
    ],
)
def test_panel__progress__counts_verdicts(successes, failures, words):
    asked = condition(successes=3, failures=2)
    progress = replace(Progress.beginning(asked, START), successes=successes, failures=failures)
    state = replace(begun(policy()), progress=(progress,))

    assert panel(state=state, successes=3, failures=2).progress == words


def test_evaluations__of_two_releases_and_steps__are_ones_own_oldest_first(
    environment, django_assert_num_queries
):
    neighbour = environment_in(environment.database, organisation="globex")
    EvaluationFactory.create(environment=neighbour)
    release = ReleaseFactory.create(environment=environment)
    for seconds, number in ((20, 0), (10, 0), (30, 1)):
        EvaluationFactory.create(
            environment=environment,
            release=release,
            step=number,
            at=START + timedelta(seconds=seconds),
        )

    with django_assert_num_queries(1, using=environment.database):
        found = evaluations_of(environment, release)

    times = {key: [each.at for each in rows] for key, rows in found.items()}
    assert times == {
        (0, "error_ratio"): [at(10), at(20)],
        (1, "error_ratio"): [at(30)],
    }
