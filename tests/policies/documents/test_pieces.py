from policies.documents.model import ConditionDocument
from policies.documents.pieces import baselines_in, steps_in, whole
from tests.policies.documents.texts import CANARY, changed
from vamp.documents.source import Source


def test_steps_in__sound_document__is_whole():
    first, last = steps_in(Source.of(CANARY))

    assert first.whole is not None
    assert (first.target_weight, first.source_weight) == (1000, None)
    assert [pointer for pointer, _ in last.conditions] == ["/steps/1/conditions/0"]


def test_steps_in__malformed_parts__leaves_only_those_out():
    document = changed("/steps/0/target/strength", 5)
    document["steps"][0]["conditions"][0]["window"] = "long"

    first, _ = steps_in(Source.of(document))

    assert (first.whole, first.target, first.target_weight) == (None, None, 1000)
    assert first.conditions[0][1].window is None


def test_pieces__nothing_of_the_right_shape__are_none():
    wrong = {"steps": [3, {"conditions": 4, "target": [], "source": {"weight": 9}}]}

    assert [step.conditions for step in steps_in(Source.of(wrong))] == [(), ()]
    assert steps_in(Source.of({"steps": "x"})) == ()
    assert baselines_in(Source.of({"baselines": {"a": 1}})) == {"a": None}
    assert baselines_in(Source.of({"baselines": []})) == {}
    assert whole(ConditionDocument, {"metric": "error_ratio"}) is None
