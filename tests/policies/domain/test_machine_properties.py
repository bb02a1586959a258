"""What holds for every policy, every course of readings and every person's intervening."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from policies.domain.effects import SetWeights
from policies.domain.intervention import Action, Intervention, allowed_actions, intervene
from policies.domain.machine import Applied, advance, begin, needed_windows
from policies.domain.policy import Fixed, OnTimeout, Policy, Source, Step
from policies.domain.reading import Reading
from policies.domain.state import Phase, State
from policies.domain.verdict import Verdict
from tests.policies.domain.plans import START, at, condition, seconds

WATCHED = (Phase.RUNNING, Phase.PAUSED, Phase.WAITING_FOR_APPROVAL)


@st.composite
def conditions(draw, index):
    window = draw(st.integers(1, 6))
    return condition(
        f"c{index}",
        baseline=draw(st.sampled_from([Fixed(0.1), Source(ratio=2.0), Source(difference=0.05)])),
        window=seconds(window),
        interval=seconds(draw(st.integers(1, window))),
        grace=seconds(draw(st.integers(0, 3))),
        minimum_samples=draw(st.sampled_from([0, 10])),
        failures=draw(st.integers(0, 2)),
        successes=draw(st.integers(1, 3)),
        is_critical=index == 0 or draw(st.booleans()),
    )


@st.composite
def policies(draw):
    weights = sorted(draw(st.lists(st.integers(1, 9999), max_size=2)))
    promotes = draw(st.booleans())
    weights = [*weights, 10_000] if promotes or not weights else weights
    steps = tuple(
        Step(
            name=f"s{index}",
            target_weight=weight,
            conditions=tuple(draw(conditions(each)) for each in range(draw(st.integers(1, 2)))),
            maximum=seconds(draw(st.integers(20, 60))),
            minimum=seconds(draw(st.integers(0, 15))),
            on_timeout=draw(st.sampled_from(OnTimeout)),
            needs_approval=draw(st.booleans()),
        )
        for index, weight in enumerate(weights)
    )
    return Policy("generated", steps, promotes=promotes)


ANSWERS = st.fixed_dictionaries(
    {
        "value": st.sampled_from([0.0, 0.0, 0.0, 0.2, None]),
        "source_value": st.sampled_from([0.05, None]),
        "samples": st.sampled_from([0, 9, 10, 500]),
        "source_samples": st.sampled_from([0, 500]),
        "is_complete": st.sampled_from([True, True, True, False]),
        "behind": st.sampled_from([(), (), (), ("a2",)]),
        "has_dropped": st.sampled_from([False, False, False, True]),
        "error": st.sampled_from(["", "", "", "does not answer"]),
    }
)
GOOD = {"value": 0.0, "source_value": 0.05, "samples": 500, "source_samples": 500}
GOOD["is_complete"] = True


def is_evidence(reading, wanted):
    """Say, apart from the code under test, whether a reading may count as a success."""
    enough = reading.samples >= wanted.minimum_samples
    if isinstance(wanted.baseline, Source):
        enough = enough and reading.source_samples >= wanted.minimum_samples
        enough = enough and reading.source_value is not None
    whole = reading.is_complete and not (reading.behind or reading.has_dropped or reading.error)
    return bool(whole and enough and reading.value is not None and reading.value <= 0.1)


class Releases(RuleBasedStateMachine):
    """A release under any readings, interventions and crashes."""

    @initialize(plan=policies())
    def begin(self, plan):
        self.plan, self.now = plan, START
        self.applied = None
        self.targets = [0]
        self.passed: set[tuple[int, str]] = set()
        self.failures: dict[tuple[int, str], int] = {}
        self.excused: set[int] = set()
        self.take(begin(plan, START))

    def take(self, decision):
        self.state = decision.state
        for effect in decision.effects:
            if isinstance(effect, SetWeights):
                assert effect.source_weight + effect.target_weight == 10_000
                self.targets.append(effect.target_weight)

    @rule(time=st.integers(0, 12), is_live=st.booleans(), data=st.data())
    def look(self, time, is_live, data):
        self.now += timedelta(seconds=time)
        if is_live:
            self.applied = Applied(self.state.weights.id, self.now)
        self.advance([data.draw(ANSWERS) for _ in self.requests()])

    @rule(time=st.integers(1, 12))
    def look_at_good_traffic(self, time):
        self.now += timedelta(seconds=time)
        self.applied = Applied(self.state.weights.id, self.now)
        self.advance([GOOD for _ in self.requests()])

    def requests(self):
        return needed_windows(self.plan, self.state, self.now)

    def advance(self, answers):
        before = self.state
        pairs = zip(self.requests(), answers, strict=True)
        readings = [Reading(request, **answer) for request, answer in pairs]
        decision = advance(self.plan, before, readings, self.now, applied=self.applied)
        assert decision == self.resumed(before, readings)
        self.note(readings, decision)
        self.take(decision)
        again = advance(self.plan, self.state, readings, self.now, applied=self.applied)
        assert (again.state, again.effects, again.reasons) == (self.state, (), ())
        if before.phase in WATCHED and self.has_spent(before.step):
            assert self.state.phase is Phase.ROLLING_BACK
            assert (self.state.weights.target_weight, self.state.weights.strength) == (0, 0)
        if self.state.step > before.step or self.state.phase is Phase.SUCCEEDED:
            assert self.is_earned(before.step)

    def resumed(self, state, readings):
        """The same call, by another process that only has what was kept."""
        kept = State.from_json(state.to_json())
        return advance(self.plan, kept, readings, self.now, applied=self.applied)

    def note(self, readings, decision):
        by_request = {reading.request: reading for reading in readings}
        for evaluation in decision.evaluations:
            key = (evaluation.request.step, evaluation.request.condition)
            step = self.plan.steps[key[0]]
            wanted = next(each for each in step.conditions if each.name == key[1])
            if evaluation.verdict is Verdict.PASS:
                assert is_evidence(by_request[evaluation.request], wanted)
                assert evaluation.request.length >= wanted.window
                self.passed.add(key)
            if evaluation.verdict is Verdict.FAIL and wanted.is_critical:
                self.failures[key] = self.failures.get(key, 0) + 1

    def has_spent(self, step):
        return any(
            self.failures.get((step, each.name), 0) > each.failures
            for each in self.plan.steps[step].conditions
        )

    def is_earned(self, step):
        critical = [each for each in self.plan.steps[step].conditions if each.is_critical]
        return step in self.excused or all((step, each.name) in self.passed for each in critical)

    @precondition(lambda self: hasattr(self, "state") and bool(allowed_actions(self.state)))
    @rule(data=st.data(), is_rare=st.integers(0, 3))
    def intervene(self, data, is_rare):
        action = data.draw(st.sampled_from(allowed_actions(self.state)))
        if action in (Action.SKIP, Action.PROMOTE, Action.ABORT) and is_rare:
            return
        if action in (Action.SKIP, Action.PROMOTE):
            self.excused.update(range(self.state.step, len(self.plan.steps)))
        self.take(intervene(self.plan, self.state, Intervention(action, "ana"), self.now))

    @invariant()
    def targets_never_fall_but_to_nothing(self):
        targets = getattr(self, "targets", [0])
        rising = targets[:-1] if targets[-1] == 0 else targets
        assert rising == sorted(rising)
        assert 0 not in rising[1:]

    @invariant()
    def kept_state_is_the_state(self):
        if hasattr(self, "state"):
            assert State.from_json(self.state.to_json()) == self.state


TestReleases = Releases.TestCase
TestReleases.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


@given(plan=policies(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_release__any_readings__ends_or_is_held_within_its_maximum(plan, data):
    state = begin(plan, START).state
    # A look every three seconds sees an end up to three seconds late, once a step.
    longest = sum((step.maximum + seconds(3) for step in plan.steps), seconds(3))

    for second in range(0, int(longest.total_seconds()) + 1, 3):
        readings = [
            Reading(request, **data.draw(ANSWERS))
            for request in needed_windows(plan, state, at(second))
        ]
        applied = Applied(state.weights.id, at(second))
        state = advance(plan, state, readings, at(second), applied=applied).state
        if state.phase is Phase.WAITING_FOR_APPROVAL:
            word = Intervention(Action.APPROVE, "ana")
            state = intervene(plan, state, word, at(second)).state

    assert state.phase not in (Phase.RUNNING, Phase.WAITING_FOR_APPROVAL)


@given(plan=policies())
@settings(max_examples=60, deadline=None)
def test_release__only_good_readings_and_approvals__succeeds(plan):
    state, now = begin(plan, START).state, 0

    while not state.phase.is_over and now < 1000:
        now += 1
        if state.phase is Phase.WAITING_FOR_APPROVAL:
            state = intervene(plan, state, Intervention(Action.APPROVE, "ana"), at(now)).state
        readings = [Reading(each, **GOOD) for each in needed_windows(plan, state, at(now))]
        applied = Applied(state.weights.id, at(now))
        state = advance(plan, state, readings, at(now), applied=applied).state

    timely = all(
        each.grace + each.window + each.interval * (each.successes + 1) + step.minimum
        < step.maximum
        for step in plan.steps
        for each in step.conditions
    )
    assert state.phase is Phase.SUCCEEDED or not timely
