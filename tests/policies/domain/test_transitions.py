from dataclasses import replace

import pytest

from policies.domain.effects import Outcome
from policies.domain.policy import Hook, HookEvent
from policies.domain.state import Phase
from policies.domain.transitions import finish, hook_calls, leave_step, moved
from tests.policies.domain.plans import at, begun, policy, seconds, step

HOOK = Hook("https://ci.example.com", "POST", {"authorization": "secret"}, seconds(10), 3)


def test_moved__from_running__keeps_the_time_spent():
    paused = moved(begun(policy()), Phase.PAUSED, "pause", at(7))
    again = moved(paused, Phase.RUNNING, "resume", at(100))

    assert paused.active_at(at(99)) == seconds(7)
    assert again.active_at(at(103)) == seconds(10)


def test_leave_step__not_the_last__forgets_the_evidence():
    decision = leave_step(policy(), begun(policy()), "done", at(10))

    assert (decision.state.progress, decision.state.live_at) == ((), None)
    assert decision.state.active_at(at(12)) == seconds(2)


def test_finish__no_outcome__is_a_mistake():
    with pytest.raises(ValueError, match="outcome"):
        finish(policy(), begun(policy()), "why", at(1))


def test_finish__aborted__calls_no_success_hooks():
    plan = policy(hooks={HookEvent.SUCCESS: (HOOK,)})
    state = replace(begun(plan), outcome=Outcome.ABORTED)

    assert len(finish(plan, state, "why", at(1)).effects) == 1


def test_hook_calls__step_event__has_an_id_for_each_step():
    plan = policy(step(), step("all", 10_000), hooks={HookEvent.STEP: (HOOK,)})
    state = begun(plan)

    ids = [hook_calls(plan, HookEvent.STEP, replace(state, step=each))[0].id for each in (0, 1)]

    assert ids == ["hooks/step/1", "hooks/step/2"]
    assert hook_calls(plan, HookEvent.START, state) == ()


def test_hook__repr__hides_headers():
    assert "secret" not in repr(HOOK)
