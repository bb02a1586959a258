import pytest

from policies.domain.effects import PROMOTION, ROLLBACK, Outcome, SetWeights
from policies.domain.intervention import Action, Intervention, allowed_actions, intervene
from policies.domain.state import Phase
from tests.policies.domain.plans import answered, at, bad, begun, good, live, policy, step
from vamp.errors import Conflict, Stale

PLAN = policy(step(needs_approval=True), step("all", 10_000))


def asked(state, action, **told):
    return intervene(PLAN, state, Intervention(action, "ana", **told), at(11))


@pytest.fixture
def running():
    return begun(PLAN)


@pytest.fixture
def waiting(running):
    return answered(PLAN, running, at(10), good).state


@pytest.fixture
def rolling_back(running):
    return answered(PLAN, running, at(10), bad).state


def test_pause_and_resume__running__keeps_all_evidence(running):
    paused = asked(running, Action.PAUSE, reason="lunch")
    resumed = asked(paused.state, Action.RESUME)

    assert paused.state.phase is Phase.PAUSED
    assert paused.reasons == ("ana paused the release: lunch",)
    assert paused.effects == resumed.effects == ()
    assert resumed.state.phase is Phase.RUNNING
    assert resumed.state.progress == running.progress


def test_approve__waiting__goes_on_to_the_next_step(waiting):
    decision = asked(waiting, Action.APPROVE)

    assert decision.state.step == 1
    assert decision.effects == (SetWeights("weights/step/2", 0, 10_000),)
    assert not decision.state.is_forced


def test_skip__running__goes_on_without_evidence(running):
    decision = asked(running, Action.SKIP)

    assert (decision.state.step, decision.state.is_forced) == (1, True)


def test_promote__running__gives_all_and_succeeds_once_live(running):
    decision = asked(running, Action.PROMOTE)
    done = live(PLAN, decision.state, at(12))

    assert decision.effects == (PROMOTION,)
    assert done.state.phase is Phase.SUCCEEDED
    assert done.state.is_forced


@pytest.mark.parametrize("phase", ["running", "waiting", "promoting", "paused"])
def test_abort__not_over_yet__takes_everything_back(phase, running, waiting):
    states = {
        "running": running,
        "waiting": waiting,
        "promoting": asked(running, Action.PROMOTE).state,
        "paused": asked(running, Action.PAUSE).state,
    }

    decision = asked(states[phase], Action.ABORT)
    done = live(PLAN, decision.state, at(12))

    assert decision.effects == (ROLLBACK,)
    assert done.state.phase is Phase.ABORTED
    assert done.effects[-1].outcome is Outcome.ABORTED


@pytest.mark.parametrize(
    ("action", "phases"),
    [
        (Action.PAUSE, ("running", "waiting_for_approval")),
        (Action.RESUME, ("paused",)),
        (Action.SKIP, ("running", "waiting_for_approval", "paused")),
        (Action.APPROVE, ("waiting_for_approval",)),
    ],
)
def test_intervene__wrong_phase__is_refused(action, phases, running, waiting, rolling_back):
    states = [running, waiting, rolling_back, asked(running, Action.PAUSE).state]

    for state in states:
        assert (action in allowed_actions(state)) is (state.phase.value in phases)
    with pytest.raises(Conflict, match="that is rolling back"):
        asked(rolling_back, action)


@pytest.mark.parametrize("action", [Action.PAUSE, Action.PROMOTE, Action.ABORT])
def test_intervene__asked_twice__changes_nothing_more(action, running):
    once = asked(running, action)

    twice = asked(once.state, action)

    assert (twice.state, twice.effects, twice.reasons) == (once.state, (), ())


def test_intervene__release_went_on_meanwhile__is_stale(waiting):
    moved_on = asked(waiting, Action.APPROVE, step=0).state

    with pytest.raises(Stale, match="step all"):
        asked(moved_on, Action.SKIP, step=0)
