from __future__ import annotations

import math

from tests.vamp.demo.releases import bad_seen, evaluation, good_seen, release
from vamp.demo.release import Seen


def test_seen__step_goes_live__is_remembered_after_it_is_left():
    seen = Seen(release()).now(release(live_at=None))
    for told in (
        release(live_at=3.0),
        release(live_at=3.0),
        release(step=1),
        release(step=1, live_at=9),
    ):
        seen = seen.now(told)

    assert seen.live == ((0, 3.0), (1, 9))
    assert seen.walked == (0, 1000)


def test_seen__split_of_the_rollback_goes_live__is_no_step():
    seen = Seen(release()).now(release(step=1, live_at=9.0))

    for status in ("rolling_back", "rolled_back"):
        seen = seen.now(release(status, step=1, live_at=12.0))

    assert seen.live == ((1, 9.0),)


def test_spans__release_that_succeeded__end_when_the_next_split_was_asked_for():
    spans = good_seen().spans()

    assert [(each.start, each.end) for each in spans] == [(2, 10), (12, 20), (22, 30), (32, 40)]
    assert [each.target_weight for each in spans] == [0, 1000, 5000, 10000]


def test_spans__release_that_was_rolled_back__end_with_the_decision():
    assert [(each.step, each.end) for each in bad_seen().spans()] == [
        ("testers", 55),
        ("tenth", 60),
    ]


def test_spans__step_not_left_yet__has_no_end():
    assert Seen(release(live_at=3.0), ((0, 3.0),)).spans()[0].end == math.inf


def test_failing__several_verdicts__is_the_last_that_failed():
    verdicts = (evaluation(1, verdict="fail"), evaluation(2, verdict="fail"), evaluation(3))

    assert release(evaluations=verdicts).failing == verdicts[1]
    assert release(evaluations=verdicts[2:]).failing is None


def test_latest__conditions_of_several_steps__are_the_newest_of_the_present_one():
    verdicts = (
        evaluation(1, step=0),
        evaluation(2, step=1, verdict="fail"),
        evaluation(3, step=1),
        evaluation(3, step=1, condition="answers"),
    )

    assert release(step=1, evaluations=verdicts).latest == (verdicts[3], verdicts[2])
