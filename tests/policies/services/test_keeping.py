"""What was decided is kept whole or not at all, and by one of those who decided at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from gateways.exceptions import WeightsInvalid
from gateways.models import Route
from policies.documents.read import policy_from_value
from policies.domain.effects import Outcome, SetWeights
from policies.domain.policy import Hook, HookEvent
from policies.domain.reading import WindowRequest
from policies.domain.state import Phase, State
from policies.domain.transitions import Decision as Decided
from policies.domain.transitions import enter_step, finish, roll_back
from policies.domain.verdict import Evaluation as Evaluated
from policies.domain.verdict import Evidence, Verdict
from policies.models import Decision, Evaluation, HookDelivery, Release
from policies.services.keeping import ACTOR, CONDITION_PRIORITY, is_quiet, keep, keep_quiet
from tests.factories import NOON, POLICY, ReleaseFactory, RouteFactory, gateway_with
from vamp.models import AuditEntry, OutboxEvent

HOOK = Hook("http://ci.example.test/hook", "POST", {}, timedelta(seconds=5), 2)
PLAN = replace(policy_from_value(POLICY).plan, hooks={HookEvent.FAILURE: (HOOK, HOOK)})
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def release(environment):
    return ReleaseFactory.create(environment=environment)


def fresh(release):
    return Release.objects.in_environment(release.environment).get(pk=release.pk)


def weights(release):
    rows = Route.objects.in_environment(release.environment)
    return dict(rows.values_list("version", "weight"))


def state_of(release):
    return State.from_value(release.state)


def kept(release, decided):
    return keep(release, PLAN, decided, actor=ACTOR, now=LATER)


def half(release):
    return enter_step(PLAN, state_of(release), 1, "step 1 is done", LATER)


def test_keep__next_step__state_split_log_and_news_go_together(release):
    assert kept(release, half(release))

    after = fresh(release)
    assert (after.status, after.step, after.state_version) == ("running", 1, 2)
    assert state_of(after).weights == SetWeights.for_step(1, PLAN.steps[1])
    assert weights(release) == {"1.0.0": 5_000, "1.1.0": 5_000}
    assert after.weights_generation == release.weights_generation == 2
    decision = Decision.objects.in_environment(release.environment).get()
    assert (decision.sentence, decision.actor, decision.at) == ("step 1 is done", ACTOR, LATER)
    events = OutboxEvent.objects.using(release.environment.database)
    assert events.filter(subject__endswith=".policies.release.changed").count() == 1
    entry = AuditEntry.objects.using(release.environment.database).get(verb="release.changed")
    assert (entry.before["step"], entry.after["step"]) == (0, 1)


def test_keep__somebody_was_faster__writes_nothing(release):
    slower = fresh(release)
    slower.environment = release.environment
    kept(release, half(release))

    rollback = roll_back(PLAN, state_of(slower), "errors", LATER, Outcome.ROLLED_BACK)

    assert not kept(slower, rollback)
    assert fresh(release).status == "running"
    assert weights(release)["1.1.0"] == 5_000
    assert not HookDelivery.objects.in_environment(release.environment).exists()


def test_keep__split_is_refused__nothing_of_the_decision_stays(release):
    Route.objects.in_environment(release.environment).filter(version="1.0.0").update(weight=4_000)

    with pytest.raises(WeightsInvalid):
        kept(release, half(release))

    assert (fresh(release).step, fresh(release).state_version) == (0, 1)
    assert not Decision.objects.in_environment(release.environment).exists()


def test_keep__rolled_back__every_hook_is_owed_once(release):
    decided = roll_back(PLAN, state_of(release), "errors", LATER, Outcome.ROLLED_BACK)

    assert kept(release, decided)
    assert kept(release, replace(decided, reasons=()))

    owed = HookDelivery.objects.in_environment(release.environment)
    assert {(row.key, row.event, row.next_at) for row in owed} == {
        ("hooks/failure/0", "failure", LATER),
        ("hooks/failure/1", "failure", LATER),
    }
    assert owed[0].request["attempts"] == 3


@pytest.mark.parametrize("outcome", Outcome)
def test_keep__finished__gateway_is_free_for_another_release(release, outcome):
    state = replace(state_of(release), outcome=outcome)

    kept(release, finish(PLAN, state, "all done", LATER))

    after = fresh(release)
    assert (after.status, after.active, after.ended_at) == (outcome.value, None, LATER)
    events = OutboxEvent.objects.using(release.environment.database)
    assert events.filter(subject__endswith=".policies.release.finished").count() == 1


def test_keep__others_on_the_gateway__keep_their_share(environment):
    gateway = gateway_with(environment, {"0.9.0": 3_000, "1.0.0": 7_000, "1.1.0": 0})
    release = ReleaseFactory.create(environment=environment, gateway=gateway)

    kept(release, half(release))

    assert weights(release) == {"0.9.0": 3_000, "1.0.0": 3_500, "1.1.0": 3_500}


def test_keep__condition_of_a_step__is_put_on_the_target_before_others(release):
    split = SetWeights("weights/step/1", 10_000, 0, "user-agent is Firefox", 5_000)

    kept(release, Decided(state_of(release), (split,)))

    target = Route.objects.in_environment(release.environment).get(version="1.1.0")
    assert (target.condition, target.strength, target.priority) == (
        "user-agent is Firefox",
        5_000,
        CONDITION_PRIORITY,
    )


def test_keep__route_is_gone__state_is_kept_and_the_split_left(release):
    Route.objects.in_environment(release.environment).filter(version="1.1.0").delete()
    RouteFactory.create(environment=release.environment, gateway=release.gateway, version="2.0.0")

    assert kept(release, half(release))
    assert weights(release) == {"1.0.0": 10_000, "2.0.0": 0}


def judged(evidence, sentence):
    request = WindowRequest(0, sentence, NOON, LATER)
    return Evaluated(
        request, "error_ratio", Verdict.PASS, evidence, True, sentence, 0.01, 0.05, 1_000
    )


def test_keep__evaluations__settled_are_rows_and_the_others_what_is_lacking(release):
    evaluations = (judged(Evidence.ENOUGH, "holds"), judged(Evidence.AWAITED, "waits for vga-2"))

    kept(release, Decided(state_of(release), evaluations=evaluations))

    row = Evaluation.objects.in_environment(release.environment).get()
    assert (row.condition, row.verdict, row.value, row.baseline) == ("holds", "pass", 0.01, 0.05)
    assert (row.window_start, row.window_end, row.samples) == (NOON, LATER, 1_000)
    assert fresh(release).evidence == {"waits for vga-2": "waits for vga-2"}


def test_keep__nothing_decided__is_not_news(release):
    before = OutboxEvent.objects.using(release.environment.database).count()

    assert kept(release, Decided(state_of(release)))

    assert state_of(fresh(release)).phase is Phase.RUNNING
    assert OutboxEvent.objects.using(release.environment.database).count() == before


def another(release, name):
    """A release by the same policy on a gateway of its own."""
    gateway = gateway_with(release.environment, {"1.0.0": 10_000, "1.1.0": 0}, name=name)
    return ReleaseFactory.create(
        environment=release.environment, gateway=gateway, policy_version=release.policy_version
    )


def test_is_quiet__something_to_do_or_to_tell__is_not(release):
    evidence = Decided(state_of(release), evaluations=(judged(Evidence.ENOUGH, "holds"),))

    assert is_quiet(evidence)
    assert not is_quiet(half(release))
    assert not is_quiet(replace(evidence, reasons=("it is live",)))


def test_keep_quiet__several_releases__are_kept_in_one_transaction(environment, release):
    releases = [release, *(another(release, f"shop-{number}") for number in range(4))]
    evaluations = (judged(Evidence.ENOUGH, "holds"), judged(Evidence.AWAITED, "waits for vga-2"))
    found = [(each, Decided(state_of(each), evaluations=evaluations)) for each in releases]

    with CaptureQueriesContext(connections[environment.database]) as queries:
        assert keep_quiet(environment, found, now=LATER) == 5

    written = [query["sql"].split()[0] for query in queries]
    assert written.count("UPDATE") == 5
    assert written.count("INSERT") == 1
    rows = Evaluation.objects.in_environment(environment)
    assert {row.release_id for row in rows} == {each.pk for each in releases}
    assert all(fresh(each).evidence == {"waits for vga-2": "waits for vga-2"} for each in releases)


def test_keep_quiet__somebody_was_faster_with_one__leaves_that_one_out(environment, release):
    other = another(release, "other")
    evaluations = (judged(Evidence.ENOUGH, "holds"),)
    found = [(each, Decided(state_of(each), evaluations=evaluations)) for each in (release, other)]
    kept(fresh(release), Decided(state_of(release)))

    assert keep_quiet(environment, found, now=LATER) == 1

    row = Evaluation.objects.in_environment(environment).get()
    assert row.release_id == other.pk
