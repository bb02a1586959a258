from policies.domain.effects import Finished, Outcome, SetWeights
from policies.domain.intervention import Action, Intervention
from policies.domain.policy import Fixed
from policies.domain.simulated_traffic import Side
from policies.domain.simulation import Decided, Refused, Tick, simulate
from policies.domain.state import Phase
from policies.domain.verdict import Evaluation, Verdict
from tests.policies.domain.plans import at, condition, policy, step
from vamp.ports.metrics import Traffic


def tick(moment, errors=0, count=500, **told):
    return Tick(at(moment), Side(traffic=Traffic(count=count, errors=errors)), **told)


def of(kind, lines):
    return [line.what for line in lines if isinstance(line.what, kind)]


def verdicts(lines):
    return [(line.at, line.what.verdict) for line in lines if isinstance(line.what, Evaluation)]


def test_simulate__good_readings__goes_to_the_end():
    lines = list(simulate(policy(), [tick(0), tick(10), tick(20), tick(30)]))

    assert [split.target_weight for split in of(SetWeights, lines)] == [1000, 10_000]
    assert verdicts(lines) == [(at(10), Verdict.PASS), (at(20), Verdict.PASS)]
    assert of(Finished, lines)[0].outcome is Outcome.SUCCEEDED
    assert lines[-1].at == at(20)


def test_simulate__errors_in_second_step__takes_everything_back():
    lines = list(simulate(policy(), [tick(0), tick(10), tick(20, errors=100)]))

    assert [split.target_weight for split in of(SetWeights, lines)] == [1000, 10_000, 0]
    assert lines[-1].state.phase is Phase.ROLLED_BACK


def test_simulate__no_readings_of_target__stays_running():
    lines = list(simulate(policy(), [Tick(at(each)) for each in (0, 10, 20)]))

    assert {verdict for _, verdict in verdicts(lines)} == {Verdict.INCONCLUSIVE}
    assert lines[-1].state.phase is Phase.RUNNING


def test_simulate__split_applied_late__evidence_begins_then():
    ticks = [tick(0, is_applied=False), tick(10, is_applied=False), tick(20), tick(30)]

    lines = list(simulate(policy(), ticks))

    assert verdicts(lines) == [(at(30), Verdict.PASS)]


def test_simulate__agent_behind__judges_once_it_is_there():
    ticks = [
        tick(0),
        tick(10, is_complete=False, behind=("a2",)),
        tick(12, is_complete=False, behind=("a2",)),
        tick(15),
    ]

    lines = list(simulate(policy(), ticks))

    assert [line.what.sentence for line in lines if isinstance(line.what, Evaluation)][:2] == [
        "errors: agent a2 is behind 12:00:10",
        "errors: agent a2 is behind 12:00:10",
    ]
    assert verdicts(lines)[2] == (at(15), Verdict.PASS)


def test_simulate__lost_lines_and_errors__say_so():
    ticks = [tick(0), tick(10, has_dropped=True), tick(20, error="the store is gone"), tick(21)]

    lines = list(simulate(policy(), ticks))

    assert [verdict for _, verdict in verdicts(lines)] == [
        Verdict.INCONCLUSIVE,
        Verdict.ERROR,
        Verdict.PASS,
    ]


def test_simulate__sparse_readings__catches_up_within_one_of_them():
    lines = list(simulate(policy(step("all", 10_000)), [tick(0), tick(35)]))

    assert verdicts(lines) == [(at(35), Verdict.INCONCLUSIVE), (at(35), Verdict.INCONCLUSIVE)]

    enough = list(simulate(policy(step("all", 10_000)), [tick(0), tick(30)]))

    assert verdicts(enough)[-1] == (at(30), Verdict.PASS)


def test_simulate__interventions__are_done_or_refused():
    abort = Intervention(Action.ABORT, "ana", "enough")
    approve = Intervention(Action.APPROVE, "bo")

    lines = list(simulate(policy(), [tick(0), tick(5, interventions=(approve, abort)), tick(10)]))

    assert of(Refused, lines) == [Refused("approve", "cannot approve a release that is running")]
    assert "ana aborted the release: enough" in [each.sentence for each in of(Decided, lines)]
    assert lines[-1].state.phase is Phase.ABORTED


def test_simulate__source_is_measured_beside__only_where_compared():
    plan = policy(step("all", 10_000, conditions=[condition(baseline=Fixed(0.01))]))
    both = Tick(at(10), Side(values={"error_ratio": 0.0}, samples=100), Side(samples=7))

    lines = list(simulate(plan, [Tick(at(0)), both]))

    assert verdicts(lines) == [(at(10), Verdict.PASS)]


def test_simulate__nothing__yields_nothing():
    assert list(simulate(policy(), [])) == []
