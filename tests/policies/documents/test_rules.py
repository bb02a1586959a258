import pytest

from tests.policies.documents.texts import CANARY, changed, fault_at, faults_of


def test_steps__target_falls__is_refused():
    step = {**CANARY["steps"][0], "name": "five", "target": {"weight": "5%"}}
    steps = [CANARY["steps"][0], step, CANARY["steps"][1]]

    assert faults_of(changed("/steps", steps)) == [("/steps/1/target/weight", "falling-weight")]


def test_steps__same_name_twice__are_both_pointed_at():
    assert faults_of(changed("/steps/1/name", "ten")) == [
        ("/steps/0/name", "duplicate-name"),
        ("/steps/1/name", "duplicate-name"),
    ]


@pytest.mark.parametrize("last", [{"weight": "99.99%"}, {"weight": "100%", "condition": "true"}])
def test_steps__last_does_not_give_all__is_refused_unless_it_says_so(last):
    fault = fault_at("/steps/1/target", last)
    unpromoted = {**changed("/steps/1/target", last), "promote": False, "name": "X"}

    assert (fault.pointer, fault.code) == ("/steps/1/target", "last-step")
    assert faults_of(unpromoted) == [("/name", "name")]


@pytest.mark.parametrize("steps", [[], None])
def test_steps__none__is_refused(steps):
    assert [pointer for pointer, _ in faults_of(changed("/steps", steps))] == ["/steps"]


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("window", "500ms", "window"),
        ("interval", "31s", "window"),
        ("interval", "500ms", "window"),
        ("gracePeriod", "59m30s", "duration"),
        ("successes", 120, "duration"),
    ],
)
def test_condition__pace_cannot_be_kept__is_refused(pointer, value, code):
    fault = fault_at(f"/steps/0/conditions/0/{pointer}", value)

    assert (fault.pointer, fault.code) == ("/steps/0/conditions/0", code)


def test_document__much_is_malformed__rules_of_the_sound_pieces_are_told_too():
    document = changed("/steps/0/target/wieght", "10%")
    document["steps"][0]["source"] = {"weight": "80%"}
    document["steps"][1]["target"]["weight"] = "5%"
    document["steps"][1]["conditions"] += [
        {"metric": "error_ratio", "operator": ">=", "baseline": 0.01, "windw": "5s"},
        {"metric": "error_ratio", "operator": "<=", "baseline": {"baseline": "odd"}},
        "none",
    ]

    assert sorted(faults_of(document)) == [
        ("/steps/0/source/weight", "weights-total"),
        ("/steps/0/target/wieght", "unknown-key"),
        ("/steps/1/conditions/1/operator", "senseless-operator"),
        ("/steps/1/conditions/1/windw", "unknown-key"),
        ("/steps/1/conditions/2/baseline/baseline", "unknown-baseline"),
        ("/steps/1/conditions/3", "wrong-type"),
        ("/steps/1/target/weight", "falling-weight"),
    ]
