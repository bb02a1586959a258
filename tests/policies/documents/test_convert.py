import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.documents.convert import conditions_words, is_historic
from policies.documents.read import policy_from_value, read_policy
from policies.documents.write import canonical, written
from tests.policies.documents.historic import FORMAT_A, FORMAT_B, FORMAT_C
from tests.policies.documents.texts import CANARY, faults_of
from vamp.errors import Invalid

HEALTH = {"name": "health", "metric": "success_ratio", "operator": ">=", "baseline": 0.97}


def test_converted__format_a__has_a_health_check_in_each_step():
    read = read_policy(FORMAT_A, name="old")

    assert canonical(read.document) == {
        "kind": "ReleasePolicy",
        "name": "old",
        "steps": [
            {
                "target": {
                    "weight": "0%",
                    "condition": "user-agent = iPhone",
                    "strength": "100%",
                },
                "minimumDuration": "5m",
                "conditions": [HEALTH],
            },
            {"target": {"weight": "50%"}, "minimumDuration": "5m", "conditions": [HEALTH]},
            {"target": {"weight": "100%"}, "conditions": [HEALTH]},
        ],
    }
    assert read.notes == (
        "/steps/0: success_ratio >= 0.97 stands in for the health check of the step",
        "/steps/1: success_ratio >= 0.97 stands in for the health check of the step",
        "/steps/2: success_ratio >= 0.97 stands in for the health check of the step",
        "/maxStartRetries: `maxStartRetries` is left out: a release waits until its split is live",
        "each condition needs 100 samples unless you give `minimumSamples`",
    )


def test_converted__format_b__reads_expressions_and_baselines():
    read = read_policy(FORMAT_B)
    first, last = canonical(read.document)["steps"]

    assert read.document.name == "hotfix"
    assert canonical(read.document)["gracePeriod"] == "1m"
    assert first["minimumDuration"] == "1m"
    assert first["conditions"] == [{**HEALTH, "gracePeriod": "30s"}]
    assert last["minimumDuration"] == "30s"
    assert last["conditions"] == [{**HEALTH, "baseline": 0.99}]
    assert canonical(read.document)["hooks"] == {
        "onFailure": [{"url": "http://ci.example.com/failed"}]
    }


def test_converted__format_c__turns_thresholds_and_budgets_into_ours():
    read = read_policy(FORMAT_C, name="old")
    first, last = canonical(read.document)["steps"]

    assert first["target"] == {
        "weight": "0%",
        "condition": "has cookie vamp",
        "strength": "5%",
    }
    assert first["conditions"] == [
        {
            "metric": "success_ratio",
            "operator": ">=",
            "baseline": 1.0,
            "gracePeriod": "1m",
            "failures": 3,
        }
    ]
    assert last["conditions"] == [HEALTH]
    assert "restarts is not measured from traffic" in " ".join(read.notes)
    assert "a budget of 70 % over 5m0s has become 3 failures" in " ".join(read.notes)


@pytest.mark.parametrize("text", [FORMAT_A, FORMAT_B, FORMAT_C])
def test_converted__written_in_todays_format__is_the_same_plan(text):
    read = read_policy(text, name="old")

    again = read_policy(written(read.document))

    assert again.plan == read.plan
    assert again.notes == ()


def test_converted__steps_without_traffic_for_the_target__are_left_out():
    bake = {"duration": "40s", "source": {"weight": 100}, "target": {"weight": 0}}
    jump = {"source": {"weight": 10}, "target": {"weight": 90}}

    read = policy_from_value({"steps": [bake, jump]})

    assert [step.target_weight for step in read.plan.steps] == [9000]
    assert not read.plan.promotes
    assert "/steps/0: the step is left out: its target gets no traffic" in read.notes[0]


def test_converted__not_understood__tells_all_faults_in_their_places():
    text = FORMAT_B.replace("type: release", "type: validation")
    text = text.replace("duration == 30s", "duration ~ 30s").replace(">= 0.99", ">= much")

    with pytest.raises(Invalid) as caught:
        read_policy(text)

    assert [(fault.pointer, fault.line) for fault in caught.value.faults] == [
        ("/type", 3),
        ("/steps/1/conditions/0/value", 17),
        ("/steps/1/endAfter/value", 15),
    ]


def test_converted__weights_do_not_total__is_refused():
    wrong = {"source": {"weight": 60}, "target": {"weight": 50}}

    assert faults_of({"steps": [wrong]}) == [("/steps/0/source/weight", "historic")]


@pytest.mark.parametrize("steps", [3, [], ["x"], [{}], [{"target": {}}], {"a": 1}])
def test_converted__no_steps__is_refused(steps):
    assert all(pointer.startswith("/steps") for pointer, _ in faults_of({"steps": steps}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cookie: vamp exists", "has cookie vamp"),
        ("header: X-Beta exists", "has header X-Beta"),
        ("user-agent = iPhone", "user-agent = iPhone"),
        ("path: /a exists", "path: /a exists"),
    ],
)
def test_conditions_words__old_spelling__is_said_in_todays(text, words):
    assert conditions_words(text) == words


def test_is_historic__todays_document_or_none__is_not():
    assert not is_historic(CANARY)
    assert not is_historic({"name": "x"})


KEYS = [
    "name",
    "value",
    "metric",
    "weight",
    "source",
    "target",
    "conditions",
    "duration",
    "endAfter",
    "maxDuration",
    "threshold",
    "interval",
    "url",
    "headers",
    "type",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 105) | st.text(max_size=9) | st.just("5m"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    document=st.fixed_dictionaries(
        {"steps": st.lists(JSON, max_size=3) | JSON},
        optional=dict.fromkeys(
            ["name", "type", "metrics", "baselines", "conditions", "onFailure", "gracePeriod"], JSON
        ),
    )
)
@settings(deadline=None, max_examples=150)
def test_converted__any_value_at_all__is_read_or_refused(document):
    faults, steps = (), ()
    try:
        steps = policy_from_value(document).plan.steps
    except Invalid as error:
        faults = error.faults

    assert bool(faults) is not bool(steps)
