from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.domain.effects import Outcome, SetWeights
from policies.domain.progress import Progress
from policies.domain.state import Phase, State
from tests.policies.domain.plans import START, at, begun, policy, seconds

MOMENTS = st.datetimes(timezones=st.just(UTC))
PROGRESS = st.builds(Progress, MOMENTS, MOMENTS, MOMENTS, st.integers(0), st.integers(0))
SPLITS = st.builds(
    SetWeights,
    id=st.text(),
    source_weight=st.integers(0, 10_000),
    target_weight=st.integers(0, 10_000),
    condition=st.none() | st.text(),
    strength=st.integers(0, 10_000),
)
STATES = st.builds(
    State,
    phase=st.sampled_from(Phase),
    reason=st.text(),
    since=MOMENTS,
    started_at=MOMENTS,
    step=st.integers(0, 99),
    step_since=MOMENTS,
    weights=SPLITS,
    live_at=st.none() | MOMENTS,
    active=st.timedeltas(seconds(0), seconds(10**9)),
    progress=st.lists(PROGRESS, max_size=3).map(tuple),
    outcome=st.none() | st.sampled_from(Outcome),
    is_forced=st.booleans(),
)


@given(state=STATES)
@settings(deadline=None)
def test_json__any_state__comes_back_equal(state):
    assert State.from_json(state.to_json()) == state
    assert State.from_value(state.to_value()) == state


def test_from_json__other_version__is_refused():
    text = begun(policy()).to_json().replace('"version": 1', '"version": 2')

    with pytest.raises(ValueError, match="version 2"):
        State.from_json(text)


def test_active_at__clock_behind__counts_nothing():
    state = begun(policy())

    assert state.active_at(at(-5)) == seconds(0)
    assert state.active_at(at(5)) == seconds(5)


def test_phase__each__is_in_a_step_or_on_its_way_or_over():
    assert [phase.words for phase in Phase if phase.is_in_step] == [
        "running",
        "paused",
        "waiting for approval",
    ]
    assert [phase.words for phase in Phase if phase.is_over] == [
        "succeeded",
        "rolled back",
        "aborted",
    ]
    assert START.tzinfo is UTC
