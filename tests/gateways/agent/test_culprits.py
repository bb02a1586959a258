"""Finding what fails among many."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.agent.culprits import culprits

NAMES = [f"g{number}" for number in range(40)]


@settings(max_examples=100, deadline=None)
@given(st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)))
def test_culprits__some_fail_by_themselves__are_found_exactly(changed, bad):
    found = culprits(sorted(changed), lambda names: "bad" if bad & set(names) else "")

    assert found.keys() == changed & bad


@settings(max_examples=100, deadline=None)
@given(st.sets(st.sampled_from(NAMES), min_size=2), st.data())
def test_culprits__two_fail_only_together__leaves_a_set_that_passes(changed, data):
    pair = set(data.draw(st.permutations(sorted(changed)))[:2])

    def attempt(names):
        return "clash" if pair <= set(names) else ""

    found = culprits(sorted(changed), attempt)

    assert len(found) == 1
    assert found.keys() <= pair
    assert not attempt(sorted(changed - found.keys()))


def test_culprits__one_of_a_thousand__takes_few_tries():
    tries = []

    def attempt(names):
        tries.append(1)
        return "bad" if "g700" in names else ""

    found = culprits([f"g{number}" for number in range(1000)], attempt)

    assert found == {"g700": "bad"}
    assert len(tries) <= 21
