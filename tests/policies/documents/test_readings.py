import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.documents.readings import read_readings
from policies.domain.intervention import Action, Intervention
from policies.domain.simulated_traffic import Side
from vamp.errors import Invalid
from vamp.ports.metrics import HISTOGRAM_SIZE, Traffic


def faults_of(value):
    text = value if isinstance(value, str) else json.dumps(value, indent=1)
    with pytest.raises(Invalid) as caught:
        read_readings(text)
    return [(fault.pointer, fault.code, fault.line) for fault in caught.value.faults]


def test_readings__everything_said__is_read():
    histogram = [0] * HISTOGRAM_SIZE
    histogram[3] = 40
    counts = {"count": 40, "errors": 2, "latencySumMs": 80.5, "latencyHistogram": histogram}
    entry = {
        "at": "2026-01-31T13:00:00+01:00",
        "applied": False,
        "behind": ["a2"],
        "dropped": True,
        "error": "gone",
        "target": counts,
        "source": {"error_ratio": 0.01, "samples": 9},
        "events": ["pause", {"action": "abort", "actor": "ana", "reason": "enough"}],
    }

    (tick,) = read_readings(json.dumps([entry]))

    assert tick.at == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert (tick.is_applied, tick.is_complete, tick.behind) == (False, False, ("a2",))
    assert (tick.has_dropped, tick.error) == (True, "gone")
    assert tick.target == Side(
        traffic=Traffic(count=40, errors=2, latency_sum_ms=80.5, latency_histogram=tuple(histogram))
    )
    assert tick.source == Side(values={"error_ratio": 0.01}, samples=9)
    assert tick.interventions == (
        Intervention(Action.PAUSE, "somebody"),
        Intervention(Action.ABORT, "ana", "enough"),
    )


def test_readings__nothing_said__is_live_complete_and_silent():
    (tick,) = read_readings('[{"at": 0}]')

    assert (tick.is_applied, tick.is_complete, tick.has_dropped) == (True, True, False)
    assert (tick.target, tick.source, tick.interventions) == (None, None, ())


@pytest.mark.parametrize(
    "text",
    [
        '[{"at": 0}, {"at": 30}]',
        '{"readings": [{"at": "0s"}, {"at": "30s"}]}',
        "- at: 0s\n- at: 30s\n",
        "---\nreadings:\n- {at: 0}\n- {at: 30}\n",
        '\ufeff\n [{"at": "1970-01-01T00:00:00Z"}, {"at": "1970-01-01T00:00:30Z"}]',
    ],
)
def test_readings__list_or_mapping_in_json_or_yaml__are_the_same(text):
    assert [tick.at.timestamp() for tick in read_readings(text)] == [0, 30]


def test_readings__many_faults__tells_all_with_their_places():
    text = """[
 {"at": "yesterday"},
 {"at": 1, "target": {"eror_ratio": 0.1}},
 {"at": 2, "events": ["stop"]},
 {"at": 3, "target": {"count": 1, "samples": 1}}
]"""

    assert faults_of(text) == [
        ("/0/at", "time", 2),
        ("/1/target/eror_ratio", "unknown-key", 3),
        ("/2/events/0", "not-allowed-value", 4),
        ("/3/target", "readings", 5),
    ]


@pytest.mark.parametrize(
    ("entry", "pointer"),
    [
        ({"at": 5, "target": {"error_ratio": 1.5, "samples": 1}}, "/1/target/error_ratio"),
        ({"at": 5, "source": {"latency_p95": -1, "samples": 1}}, "/1/source/latency_p95"),
        ({"at": 5, "target": {"errors": 1}}, "/1/target"),
        ({"at": 5, "target": {"count": 1, "errors": 2}}, "/1/target"),
        ({"at": 5, "target": {"count": -1}}, "/1/target/count"),
        (
            {"at": 5, "target": {"count": 9, "latencyHistogram": [1] * HISTOGRAM_SIZE}},
            "/1/target",
        ),
        ({"at": 5, "target": {"count": 1, "latencyHistogram": [1]}}, "/1/target/latencyHistogram"),
        ({"at": 0}, "/1/at"),
        ({"at": -1}, "/1/at"),
        ({"at": True}, "/1/at"),
        ({"at": "2026-01-31T12:00:00"}, "/1/at"),
        ({"at": 5, "aplied": True}, "/1/aplied"),
        ({}, "/1/at"),
    ],
)
def test_readings__one_thing_wrong__is_refused_in_its_place(entry, pointer):
    assert [fault[0] for fault in faults_of([{"at": 0}, entry])] == [pointer]


@pytest.mark.parametrize("text", ["", "[]", "3", "[1", '{"readings": []}', "[]\n---\n[]", "{}"])
def test_readings__no_list__is_refused_with_a_line(text):
    assert all(line for _, _, line in faults_of(text))


@given(st.text(max_size=30) | st.text("[]{}-:,\"' \nat0", max_size=30))
@settings(deadline=None, max_examples=150)
def test_readings__any_text__is_read_or_refused(text):
    faults, ticks = (), ()
    try:
        ticks = read_readings(text)
    except Invalid as error:
        faults = error.faults

    assert bool(faults) is not bool(ticks)
