from policies.domain.reading import Coverage, WindowRequest, reading_of, unanswered
from policies.domain.verdict import Verdict, judge
from tests.policies.domain.plans import START, at, condition
from vamp.ports.metrics import Traffic

REQUEST = WindowRequest(0, "errors", START, at(10))


def test_reading_of__target_only__measures_it_over_the_window():
    rate = condition(metric="request_rate")

    reading = reading_of(REQUEST, rate, Coverage(is_complete=True), target=Traffic(count=500))

    assert (reading.value, reading.samples) == (50, 500)
    assert (reading.source_value, reading.source_samples) == (None, 0)
    assert reading.is_complete


def test_reading_of__source_too__measures_both():
    reading = reading_of(
        REQUEST,
        condition(),
        Coverage(is_complete=False, behind=("a2",), has_dropped=True),
        target=Traffic(count=100, errors=5),
        source=Traffic(count=200, errors=2),
    )

    assert (reading.value, reading.source_value) == (0.05, 0.01)
    assert (reading.samples, reading.source_samples) == (100, 200)
    assert (reading.is_complete, reading.behind, reading.has_dropped) == (False, ("a2",), True)


def test_unanswered__any_request__is_judged_an_error():
    evaluation = judge(condition(), unanswered(REQUEST, "time-out"))

    assert evaluation.verdict is Verdict.ERROR
