import json

from policies.domain.intervention import Action, Intervention
from policies.domain.policy import Hook, HookEvent
from policies.domain.simulated_traffic import Side
from policies.domain.simulation import Tick, simulate
from policies.domain.transcript import as_text, as_value, ending_text, ending_value, heading
from tests.policies.domain.plans import at, condition, policy, seconds, step
from vamp.ports.metrics import Traffic

HOOK = Hook("https://ci.example.com/hook", "POST", {}, seconds(10), 3)
PLAN = policy(
    step(conditions=[condition(), condition("fast", metric="latency_p95", is_critical=False)]),
    step("all", 10_000),
    hooks={HookEvent.FAILURE: (HOOK,)},
)
TICKS = [
    Tick(at(0)),
    Tick(at(5), interventions=(Intervention(Action.APPROVE, "ana"),)),
    Tick(at(10), Side(traffic=Traffic(count=500, errors=100))),
]


def test_as_text__every_kind_of_line__fits_80_columns():
    lines = list(simulate(PLAN, TICKS))

    text = "\n".join([heading(), *(as_text(line, PLAN) for line in lines)])

    assert max(map(len, text.splitlines())) <= 80
    assert [row.split()[1] for row in text.splitlines()[1:] if row.lstrip().startswith("+")] == [
        "state", "weights", "state", "refused", "fail", "inconclusive", "state", "weights",
        "hooks", "state", "finished",
    ]  # fmt: skip
    assert "[only watched]" in " ".join(text.split())


def test_as_value__every_kind_of_line__is_json_with_state_and_time():
    lines = list(simulate(PLAN, TICKS))

    values = [json.loads(json.dumps(as_value(line, PLAN))) for line in lines]

    assert {value["type"] for value in values} == {
        "state", "weights", "refused", "verdict", "hooks", "finished",
    }  # fmt: skip
    failed = next(value for value in values if value["type"] == "verdict")
    assert failed == {
        "at": "2026-01-31T12:00:10Z",
        "after": "10s",
        "state": "rolling_back",
        "step": "ten",
        "type": "verdict",
        "verdict": "fail",
        "condition": "errors",
        "critical": True,
        "metric": "error_ratio",
        "value": 0.2,
        "limit": 0.01,
        "samples": 500,
        "window": ["2026-01-31T12:00:00Z", "2026-01-31T12:00:10Z"],
        "sentence": "errors: error_ratio is 20%, not wanted: at most 1% over 10s (500 samples)",
    }


def test_ending__release_over_or_not__says_which():
    over = list(simulate(PLAN, TICKS))[-1].state
    running = list(simulate(PLAN, TICKS[:1]))[-1].state

    assert ending_text(at(10), over).endswith("the release is over: rolled back")
    assert ending_value(at(10), over, PLAN)["outcome"] == "rolled_back"
    assert "still running" in ending_text(at(10), running)
    assert ending_value(at(10), running, PLAN)["outcome"] is None
