import pytest

from policies.documents.read import policy_from_value
from tests.policies.documents.texts import CANARY, changed, fault_at

HOOKED = {**CANARY, "hooks": {"onSuccess": [{"url": "https://ci.example.com"}]}}


@pytest.mark.parametrize(
    ("pointer", "value", "place", "code"),
    [
        ("/colour", "red", "/colour", "unknown-key"),
        ("/name", None, "/name", "missing"),
        ("/promote", "yes", "/promote", "wrong-type"),
        ("/steps/0/target/weight", 10, "/steps/0/target/weight", "percent"),
        ("/steps/0/target/weight", "110%", "/steps/0/target/weight", "percent"),
        ("/steps/0/minimumDuration", 30, "/steps/0/minimumDuration", "duration"),
        ("/steps/0/onTimeout", "wait", "/steps/0/onTimeout", "not-allowed-value"),
        ("/steps/0/conditions", [], "/steps/0/conditions", "empty"),
        ("/steps/0/conditions/0/successes", 0, None, None),
        ("/steps/0/conditions/0/minimumSamples", 1.5, None, None),
        ("/steps/0/conditions/0/baseline", "1%", "/steps/0/conditions/0/baseline", "baseline"),
        ("/steps/0/conditions/0/baseline", True, "/steps/0/conditions/0/baseline", "baseline"),
        ("/steps/0/conditions/0/baseline", {"past": 1}, None, "baseline"),
        ("/steps/0/conditions/0/baseline", {"source": {"ratio": -1}}, None, None),
    ],
)
def test_document__wrong_shape__is_refused_in_its_place(pointer, value, place, code):
    fault = fault_at(pointer, value)

    assert fault.pointer.startswith(place or pointer)
    assert code in (None, fault.code)


@pytest.mark.parametrize(
    ("key", "value"),
    [("timeout", "2m"), ("timeout", "0s"), ("retries", 21), ("retries", -1), ("url", "x")],
)
def test_hook__out_of_bounds__is_refused(key, value):
    fault = fault_at(f"/hooks/onSuccess/0/{key}", value, HOOKED)

    assert fault.pointer == f"/hooks/onSuccess/0/{key}"


def test_document__too_many_steps__is_refused():
    steps = [{**CANARY["steps"][1], "name": f"s{index}"} for index in range(101)]

    assert fault_at("/steps", steps).code == "too-many"


def test_document__read__is_frozen():
    document = policy_from_value(changed("/title", "A canary")).document

    with pytest.raises(ValueError, match="frozen"):
        document.title = "other"
