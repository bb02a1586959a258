"""Builders of releases for the tests of this folder."""

from __future__ import annotations

from vamp.demo.documents import STEP_WEIGHTS
from vamp.demo.ledger import Recent
from vamp.demo.release import Decision, Evaluation, PlannedStep, Release, Seen

STEPS = tuple(
    PlannedStep(name, weight)
    for name, weight in zip(("testers", "tenth", "half", "all"), STEP_WEIGHTS, strict=True)
)


def evaluation(at, *, step=0, condition="errors", verdict="pass", value=0.0, metric="error_ratio"):
    sentence = f"{condition}: {verdict}"
    return Evaluation(step, condition, metric, verdict, value, 0.02, 80, sentence, at)


def release(status="running", step=0, *, number=1, target="1.1.0", live_at=None, **more):
    source = {"1.1.0": "1.0.0", "1.2.0": "1.1.0"}[target]
    return Release(
        number=number,
        source=source,
        target=target,
        status=status,
        step=step,
        live_at=live_at,
        steps=STEPS,
        **more,
    )


def good_seen():
    """A release over 40 s: each step is live for 8 s, two seconds after it was entered."""
    decisions = tuple(
        Decision(index * 10.0, "running", index, f"step {index}") for index in range(4)
    )
    ended = release("succeeded", 3, decisions=(*decisions, Decision(40.0, "succeeded", 3, "done")))
    return Seen(ended, tuple((index, index * 10.0 + 2) for index in range(4)))


def bad_seen(failing_at=60.0):
    """A release from 50 s on whose second step fails at 60 s."""
    decisions = (
        Decision(50.0, "running", 0, "began"),
        Decision(55.0, "running", 1, "next"),
        Decision(failing_at, "rolling_back", 1, "failed"),
        Decision(failing_at + 1, "rolled_back", 1, "over"),
    )
    verdicts = (evaluation(failing_at, step=1, verdict="fail", value=0.2),)
    ended = release(
        "rolled_back", 1, number=2, target="1.2.0", decisions=decisions, evaluations=verdicts
    )
    return Seen(ended, ((0, 51.0), (1, 56.0)))


RECENT = Recent(12_345, {"1.2.0": 31, "": 2}, 160.4, {"1.1.0": 0.9012, "1.2.0": 0.0988})


def release_in_tenth(**more):
    verdicts = (
        evaluation(1, step=1, verdict="inconclusive", value=None),
        evaluation(2, step=1, verdict="fail", value=0.2041),
        evaluation(2, step=1, condition="latency", metric="latency_p95", value=4.25),
    )
    return release(step=1, number=2, target="1.2.0", evaluations=verdicts, **more)
