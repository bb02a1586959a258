from hypothesis import given, settings
from hypothesis import strategies as st

from policies.documents.read import policy_from_value, read_policy
from policies.documents.write import canonical, written
from tests.policies.documents.texts import CANARY, changed

LABELS = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9 ._%-]{0,20}[A-Za-z0-9%])?", fullmatch=True)
SHARES = st.sampled_from(["0%", "12.5%", "33.33%", "100%"])
SECONDS = st.integers(1, 50).map(lambda count: f"{count}s")
CONDITIONS = st.fixed_dictionaries(
    {
        "metric": st.sampled_from(["error_ratio", "latency_p99"]),
        "operator": st.sampled_from(["<=", "lt", "le", "<"]),
        "baseline": st.floats(0.001, 0.9)
        | st.just({"source": {"ratio": 1.5}})
        | st.just({"source": {"difference": 0.25}}),
    },
    optional={
        "window": st.just("1m"),
        "interval": SECONDS.filter(lambda text: int(text[:-1]) <= 30),
        "gracePeriod": SECONDS,
        "minimumSamples": st.integers(0, 9),
        "failures": st.integers(0, 9),
        "successes": st.integers(1, 9),
    },
)


@given(
    name=LABELS,
    title=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
    target=st.fixed_dictionaries(
        {"weight": SHARES, "condition": st.sampled_from(["host is a.b", "has cookie x"])},
        optional={"strength": SHARES.filter(lambda share: share != "0%")},
    ),
    conditions=st.lists(CONDITIONS, min_size=1, max_size=3),
    approval=st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_written__any_policy__reads_back_the_same(name, title, target, conditions, approval):
    step = {"name": name, "target": target, "conditions": conditions, "approval": approval}
    if target["weight"] == "100%":
        step["conditions"] = [{"metric": "error_ratio", "operator": "<=", "baseline": 0.5}]
    document = {**CANARY, "title": title, "steps": [step], "promote": False}

    read = policy_from_value(document)

    assert read_policy(written(read.document)) == read
    assert policy_from_value(canonical(read.document)) == read
    assert canonical(policy_from_value(canonical(read.document)).document) == canonical(
        read.document
    )


def test_canonical__defaults_written_out__are_left_out():
    document = {**CANARY, "promote": True, "title": "", "hooks": {}}

    assert canonical(policy_from_value(document).document) == CANARY


def test_written__texts_that_look_like_other_things__stay_text():
    for name in ("1e5", "007", "null", "12.50", "no", "1_000", "9" * 40):
        read = policy_from_value(changed("/steps/0/name", name))

        assert read_policy(written(read.document)).document.steps[0].name == name
