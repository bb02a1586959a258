from functools import partial

import pytest

from policies.domain.effects import PROMOTION, ROLLBACK, CallHooks, Finished, Outcome, SetWeights
from policies.domain.intervention import Action, Intervention, intervene
from policies.domain.machine import Applied, advance, begin, needed_windows
from policies.domain.policy import Hook, HookEvent, OnTimeout
from policies.domain.reading import WindowRequest
from policies.domain.state import Phase
from policies.domain.verdict import Verdict
from tests.policies.domain.plans import (
    START,
    answered,
    at,
    bad,
    begun,
    condition,
    good,
    live,
    policy,
    seconds,
    step,
)

HOOK = Hook("https://ci.example.com", "POST", {}, seconds(10), 3)
ALL_HOOKS = dict.fromkeys(HookEvent, (HOOK,))


def test_begin__first_step__asks_for_its_split_and_calls_hooks():
    plan = policy(hooks=ALL_HOOKS)

    decision = begin(plan, START)

    assert decision.effects == (
        CallHooks("hooks/start", HookEvent.START, 0),
        SetWeights("weights/step/1", 9000, 1000),
        CallHooks("hooks/step/1", HookEvent.STEP, 0),
    )
    assert decision.state.phase is Phase.RUNNING
    assert decision.reasons == ("the release began with step ten",)


def test_needed_windows__split_not_live__are_none():
    plan = policy()

    state = begin(plan, START).state

    assert needed_windows(plan, state, at(3600)) == ()


def test_needed_windows__split_live__begin_there_and_wait_for_their_end():
    plan = policy(step(conditions=[condition(grace=seconds(5))]), step("all", 10_000))
    state = live(plan, begin(plan, START).state, at(7)).state

    assert needed_windows(plan, state, at(21.9)) == ()
    assert needed_windows(plan, state, at(22)) == (WindowRequest(0, "errors", at(12), at(22)),)


def test_advance__applied_of_an_older_split__is_ignored():
    plan = policy()
    state = begin(plan, START).state

    decision = advance(plan, state, (), at(1), applied=Applied("weights/step/0", at(1)))

    assert decision.state == state


def test_advance__applied_from_before_the_step__counts_from_the_step():
    plan = policy()
    state = begin(plan, START).state

    decision = advance(plan, state, (), at(1), applied=Applied(state.weights.id, at(-30)))

    assert decision.state.live_at == START


def test_advance__evidence_gathered__enters_next_step():
    plan = policy(hooks=ALL_HOOKS)

    decision = answered(plan, begun(plan), at(10), good)

    assert decision.state.step == 1
    assert decision.state.live_at is None
    assert decision.effects == (
        SetWeights("weights/step/2", 0, 10_000),
        CallHooks("hooks/step/2", HookEvent.STEP, 1),
    )
    assert decision.reasons == ("step ten is done: every critical condition passed",)


def test_advance__last_step_gives_all__succeeds_at_once():
    plan = policy(step("all", 10_000), hooks=ALL_HOOKS)

    decision = answered(plan, begun(plan), at(10), good)

    assert decision.state.phase is Phase.SUCCEEDED
    assert [type(effect) for effect in decision.effects] == [CallHooks, Finished]
    assert decision.effects[1].outcome is Outcome.SUCCEEDED


def test_advance__last_step_has_a_condition__promotes_and_waits_until_live():
    plan = policy(step(weight=10_000, condition="has cookie beta", strength=10_000))

    promoting = answered(plan, begun(plan), at(10), good)
    done = live(plan, promoting.state, at(12))

    assert promoting.state.phase is Phase.PROMOTING
    assert promoting.effects == (PROMOTION,)
    assert done.state.phase is Phase.SUCCEEDED
    assert done.state.is_forced is False


def test_advance__policy_does_not_promote__ends_with_the_last_split():
    plan = policy(step(), promotes=False)

    decision = answered(plan, begun(plan), at(10), good)

    assert decision.state.phase is Phase.SUCCEEDED
    assert not [effect for effect in decision.effects if isinstance(effect, SetWeights)]


def test_advance__critical_condition_fails__rolls_back_in_the_same_call():
    plan = policy(hooks=ALL_HOOKS)

    decision = answered(plan, begun(plan), at(10), bad)

    assert decision.state.phase is Phase.ROLLING_BACK
    assert decision.effects == (ROLLBACK, CallHooks("hooks/failure", HookEvent.FAILURE, 0))
    assert (ROLLBACK.source_weight, ROLLBACK.target_weight, ROLLBACK.strength) == (10_000, 0, 0)
    assert decision.reasons == (
        "step ten failed: errors: error_ratio is 50%, not wanted: at most 1% over 10s "
        "(500 samples)",
    )


def test_advance__rollback_live__is_rolled_back_and_over():
    plan = policy()
    state = answered(plan, begun(plan), at(10), bad).state

    waiting = advance(plan, state, (), at(11))
    done = live(plan, state, at(12))
    after = advance(plan, done.state, (), at(999), applied=Applied(ROLLBACK.id, at(12)))

    assert waiting.state == state
    assert done.state.phase is Phase.ROLLED_BACK
    assert done.effects == (Finished("finished", Outcome.ROLLED_BACK, state.reason),)
    assert (after.state, after.effects) == (done.state, ())


def test_advance__failures_within_budget__goes_on_until_they_are_spent():
    plan = policy(step(conditions=[condition(failures=1)]), step("all", 10_000))

    first = answered(plan, begun(plan), at(10), bad)
    second = answered(plan, first.state, at(20), bad)

    assert first.state.phase is Phase.RUNNING
    assert second.state.phase is Phase.ROLLING_BACK


def test_advance__failure_between_successes__starts_the_row_again():
    wanted = condition(failures=1, successes=2)
    plan = policy(step(conditions=[wanted]), step("all", 10_000))
    state, steps = begun(plan), []

    for moment, answer in ((10, good), (20, bad), (30, good), (40, good)):
        state = answered(plan, state, at(moment), answer).state
        steps.append(state.step)

    assert steps == [0, 0, 0, 1]


def test_advance__only_watched_condition_fails__is_written_down_only():
    watched = condition("slow", metric="latency_p95", is_critical=False)
    plan = policy(step(conditions=[condition(), watched]), step("all", 10_000))

    decision = answered(
        plan, begun(plan), at(10), lambda each: (bad if each.condition == "slow" else good)(each)
    )

    assert decision.state.step == 1
    assert [each.verdict for each in decision.evaluations] == [Verdict.PASS, Verdict.FAIL]


@pytest.mark.parametrize(
    "lack",
    [
        {"is_complete": False},
        {"is_complete": True, "behind": ("a2",)},
        {"has_dropped": True},
        {"samples": 99},
        {"samples": 0, "value": None},
        {"error": "the metrics store does not answer"},
        {"value": float("nan")},
    ],
)
def test_advance__evidence_lacks__never_succeeds_and_times_out(lack):
    plan = policy(step("all", 10_000, maximum=seconds(60)))
    state = begun(plan)

    for moment in range(10, 60, 5):
        state = answered(plan, state, at(moment), lambda each: good(each, **lack)).state
        assert state.phase is Phase.RUNNING
    decision = answered(plan, state, at(60), lambda each: good(each, **lack))

    assert decision.state.phase is Phase.ROLLING_BACK
    assert decision.reasons == (
        "step all did not gather its evidence within 1m: errors has 0 of 1 passing verdicts",
    )


def test_advance__split_never_live__times_out():
    plan = policy(step("all", 10_000, maximum=seconds(60)))

    decision = advance(plan, begin(plan, START).state, (), at(60))

    assert decision.state.phase is Phase.ROLLING_BACK
    assert "its split is not live on every agent" in decision.state.reason


def test_advance__time_out_with_hold__pauses_and_gives_a_resumed_step_its_time_again():
    plan = policy(step("all", 10_000, maximum=seconds(60), on_timeout=OnTimeout.HOLD))

    held = advance(plan, begun(plan), (), at(60)).state
    resumed = intervene(plan, held, Intervention(Action.RESUME, "ana"), at(500)).state

    assert held.phase is Phase.PAUSED
    assert advance(plan, resumed, (), at(559)).state.phase is Phase.RUNNING
    assert advance(plan, resumed, (), at(560)).state.phase is Phase.PAUSED


def test_advance__minimum_duration__is_covered_by_evidence_to_its_end():
    plan = policy(step(minimum=seconds(25)), step("all", 10_000))
    state = begun(plan)

    for moment in (10, 20, 25, 29):
        state = answered(plan, state, at(moment), good).state
    assert state.step == 0
    decision = answered(plan, state, at(30), good)

    assert decision.state.step == 1


def test_advance__agent_falls_behind_after_success__minimum_is_not_covered():
    plan = policy(step(minimum=seconds(60)), step("all", 10_000))
    state = answered(plan, begun(plan), at(10), good).state

    decision = answered(plan, state, at(300), lambda each: good(each, is_complete=False))

    assert decision.state.step == 0
    assert decision.evaluations[0].verdict is Verdict.INCONCLUSIVE


def test_advance__too_few_samples__next_window_reaches_back():
    plan = policy()
    state = answered(plan, begun(plan), at(10), lambda each: good(each, samples=60)).state

    request = needed_windows(plan, state, at(20))

    assert request == (WindowRequest(0, "errors", START, at(20)),)


def test_advance__lost_log_lines__next_window_begins_behind_them():
    plan = policy()
    state = answered(plan, begun(plan), at(10), lambda each: good(each, has_dropped=True)).state

    request = needed_windows(plan, state, at(20))

    assert request == (WindowRequest(0, "errors", at(10), at(20)),)


def test_advance__long_absence__next_window_covers_all_that_was_missed():
    plan = policy(step(minimum=seconds(300)), step("all", 10_000))
    state = answered(plan, begun(plan), at(10), good).state

    state = answered(plan, state, at(207), good).state
    request = needed_windows(plan, state, at(207))

    assert request == (WindowRequest(0, "errors", at(20), at(200)),)


def test_advance__paused__is_still_watched():
    plan = policy()
    paused = intervene(plan, begun(plan), Intervention(Action.PAUSE, "ana"), at(1)).state

    fine = answered(plan, paused, at(10), good)
    failed = answered(plan, paused, at(10), bad)

    assert fine.state.phase is Phase.PAUSED
    assert failed.state.phase is Phase.ROLLING_BACK


def test_advance__paused__does_not_time_out():
    plan = policy(step("all", 10_000, maximum=seconds(60)))
    paused = intervene(plan, begun(plan), Intervention(Action.PAUSE, "ana"), at(30)).state

    waited = advance(plan, paused, (), at(5000)).state
    resumed = intervene(plan, waited, Intervention(Action.RESUME, "ana"), at(5000)).state

    assert waited.phase is Phase.PAUSED
    assert advance(plan, resumed, (), at(5029)).state.phase is Phase.RUNNING
    assert advance(plan, resumed, (), at(5030)).state.phase is Phase.ROLLING_BACK


def test_advance__step_needs_approval__waits_for_it():
    plan = policy(step(needs_approval=True), step("all", 10_000))

    waiting = answered(plan, begun(plan), at(10), good)
    later = answered(plan, waiting.state, at(20), good)

    assert waiting.state.phase is Phase.WAITING_FOR_APPROVAL
    assert waiting.effects == ()
    assert later.state.phase is Phase.WAITING_FOR_APPROVAL


def test_advance__tolerated_failure_while_waiting_for_approval__is_running_again():
    plan = policy(
        step(needs_approval=True, conditions=[condition(failures=1)]), step("all", 10_000)
    )
    waiting = answered(plan, begun(plan), at(10), good).state

    decision = answered(plan, waiting, at(20), bad)

    assert decision.state.phase is Phase.RUNNING
    assert decision.reasons == ("no longer ready for approval: errors has 0 of 1 passing verdicts",)


def test_advance__reading_nobody_asked_for__is_ignored():
    plan = policy()
    state = begun(plan)
    forged = WindowRequest(0, "errors", at(-100), at(-90))

    decision = advance(plan, state, [good(forged), bad(forged)], at(10))

    assert decision.state == state
    assert decision.evaluations == ()


def test_advance__evidence_lost_while_waiting_and_time_is_up__times_out_at_once():
    wanted = condition(failures=1, successes=2)
    plan = policy(step(needs_approval=True, maximum=seconds(20), conditions=[wanted]))
    state = answered(plan, begun(plan), at(10), good).state
    waiting = answered(plan, state, at(20), good).state

    lost = answered(plan, waiting, at(30), bad)

    assert waiting.phase is Phase.WAITING_FOR_APPROVAL
    assert lost.state.phase is Phase.ROLLING_BACK
    assert "did not gather its evidence within 20s" in lost.state.reason


def test_advance__lost_log_lines_between_successes__start_the_row_again():
    plan = policy(step(conditions=[condition(successes=2)]), step("all", 10_000))
    state, steps = begun(plan), []

    for moment, is_lost in ((10, False), (20, True), (30, False), (40, False)):
        answer = partial(good, has_dropped=is_lost)
        state = answered(plan, state, at(moment), answer).state
        steps.append(state.step)

    assert steps == [0, 0, 0, 1]
