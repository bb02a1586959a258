import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.domain.policy import Fixed, Operator, Source
from policies.domain.reading import Reading, WindowRequest
from policies.domain.verdict import Evidence, Verdict, judge
from tests.policies.domain.plans import START, at, bad, condition, good, seconds

REQUEST = WindowRequest(0, "errors", START, at(10))
RELATIVE = WindowRequest(0, "errors", START, at(10), needs_source=True)


def test_judge__value_within_limit__passes_and_says_why():
    evaluation = judge(condition(baseline=Fixed(0.01, "usual")), good(REQUEST, value=0.004))

    assert (evaluation.verdict, evaluation.evidence) == (Verdict.PASS, Evidence.ENOUGH)
    assert (evaluation.value, evaluation.limit, evaluation.samples) == (0.004, 0.01, 500)
    assert evaluation.sentence == (
        "errors: error_ratio is 0.4%, as wanted: at most 1% (usual) over 10s (500 samples)"
    )


def test_judge__value_beyond_limit__fails():
    evaluation = judge(condition(), bad(REQUEST))

    assert (evaluation.verdict, evaluation.evidence) == (Verdict.FAIL, Evidence.ENOUGH)
    assert "not wanted: at most 1%" in evaluation.sentence


@pytest.mark.parametrize(
    ("changes", "verdict", "evidence", "sentence"),
    [
        (
            {"samples": 412, "value": 0.9},
            Verdict.INCONCLUSIVE,
            Evidence.THIN,
            "errors: 412 of 500 samples, about 3s to go",
        ),
        (
            {"samples": 0, "value": None},
            Verdict.INCONCLUSIVE,
            Evidence.THIN,
            "errors: 0 of 500 samples, no requests so far",
        ),
        (
            {"is_complete": False, "behind": ("a2",)},
            Verdict.INCONCLUSIVE,
            Evidence.AWAITED,
            "errors: agent a2 is behind 12:00:10",
        ),
        (
            {"is_complete": True, "behind": ("a1", "a2", "a3")},
            Verdict.INCONCLUSIVE,
            Evidence.AWAITED,
            "errors: agents a1, a2 and a3 are behind 12:00:10",
        ),
        (
            {"is_complete": False},
            Verdict.INCONCLUSIVE,
            Evidence.AWAITED,
            "errors: no agent has told its counts up to 12:00:10 yet",
        ),
        (
            {"has_dropped": True, "is_complete": False},
            Verdict.INCONCLUSIVE,
            Evidence.LOST,
            "errors: log lines were lost between 12:00:00 and 12:00:10, so this window is no "
            "evidence",
        ),
        (
            {"error": "the store does not answer"},
            Verdict.ERROR,
            Evidence.AWAITED,
            "errors: could not be measured: the store does not answer",
        ),
        (
            {"value": None},
            Verdict.INCONCLUSIVE,
            Evidence.THIN,
            "errors: the target's traffic has no error_ratio",
        ),
        (
            {"value": float("inf")},
            Verdict.ERROR,
            Evidence.LOST,
            "errors: error_ratio of the target is not a number",
        ),
    ],
)
def test_judge__evidence_lacks__is_never_a_pass_or_a_fail(changes, verdict, evidence, sentence):
    evaluation = judge(condition(minimum_samples=500), good(REQUEST, **changes))

    assert (evaluation.verdict, evaluation.evidence) == (verdict, evidence)
    assert evaluation.sentence == sentence
    assert evaluation.is_settled is (evidence is not Evidence.AWAITED)


def test_judge__source_baseline__compares_with_the_source():
    wanted = condition(
        metric="latency_p95", baseline=Source(ratio=1.2), minimum_samples=1, name="latency_p95"
    )
    reading = good(RELATIVE, value=130.0, source_value=100.0, source_samples=50)

    evaluation = judge(wanted, reading)

    assert evaluation.verdict is Verdict.FAIL
    assert evaluation.limit == 120
    assert evaluation.sentence == (
        "latency_p95 is 130 ms, not wanted: at most 120 ms from the source over 10s (500 samples)"
    )


def test_judge__source_without_traffic__is_inconclusive():
    wanted = condition(baseline=Source(difference=0.01), minimum_samples=0)

    evaluation = judge(wanted, good(RELATIVE, source_value=None))

    assert evaluation.verdict is Verdict.INCONCLUSIVE
    assert evaluation.sentence == "errors: the source's traffic has no error_ratio"


def test_judge__source_with_too_few_samples__is_inconclusive():
    wanted = condition(baseline=Source(difference=0.01))

    evaluation = judge(wanted, good(RELATIVE, source_value=0.0, source_samples=50))

    assert evaluation.verdict is Verdict.INCONCLUSIVE
    assert evaluation.sentence == "errors: 50 of 100 samples of the source, about 10s to go"


def test_judge__window_not_full_yet__may_fail_but_not_pass():
    wanted = condition(window=seconds(60))

    passing, failing = judge(wanted, good(REQUEST)), judge(wanted, bad(REQUEST))

    assert (passing.verdict, passing.evidence) == (Verdict.INCONCLUSIVE, Evidence.THIN)
    assert passing.sentence.endswith("good so far, but the window is 1m")
    assert failing.verdict is Verdict.FAIL


@given(
    reading=st.builds(
        Reading,
        request=st.sampled_from([REQUEST, RELATIVE]),
        value=st.none() | st.floats(),
        samples=st.integers(0, 1000),
        source_value=st.none() | st.floats(),
        source_samples=st.integers(0, 1000),
        is_complete=st.booleans(),
        behind=st.sampled_from([(), ("a1",)]),
        has_dropped=st.booleans(),
        error=st.sampled_from(["", "gone"]),
    ),
    operator=st.sampled_from(Operator),
    baseline=st.sampled_from([Fixed(0.5), Source(2.0, 0.1)]),
)
@settings(deadline=None)
def test_judge__any_reading__passes_only_on_complete_evidence(reading, operator, baseline):
    evaluation = judge(condition(operator=operator, baseline=baseline), reading)

    if evaluation.verdict in (Verdict.PASS, Verdict.FAIL):
        assert reading.is_complete
        assert (reading.behind, reading.has_dropped, reading.error) == ((), False, "")
        assert reading.samples >= 100
        holds = operator.holds(reading.value, evaluation.limit)
        assert holds is (evaluation.verdict is Verdict.PASS)
    assert evaluation.sentence
