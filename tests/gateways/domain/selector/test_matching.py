from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.domain.selector import SelectorTarget, group_key, parse_selector, select
from gateways.domain.selector.ast import all_of, any_of, negation
from tests.gateways.domain.selector.test_parse import selectors


def target(name: str = "shop", version: str = "1.0.0", **changes: Any) -> SelectorTarget:
    fields: dict[str, Any] = {
        "kind": "service",
        "namespace": "prod",
        "image": f"{name}:{version}",
        "host": "10.0.0.1",
        "port": 8080,
        "labels": {"app": name, "version": version},
    }
    return SelectorTarget(name=name, **{**fields, **changes})


def groups(text: str, *targets: SelectorTarget) -> dict[str, int]:
    return {key: len(found) for key, found in select(parse_selector(text), targets).items()}


SHOP = (target(), target(version="1.1.0"), target(host="10.0.0.2"), target("cart", "1.0.0"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("label(app)(shop) && label(version)((.*))", {"(1.0.0)": 2, "(1.1.0)": 1}),
        ("label(app)(shop)", {"()": 3}),
        ("label(app)(sho)", {}),
        ("label(app)((.*)) && label(version)((.*))", {"(1.0.0),(shop)": 2, "(1.1.0),(shop)": 1, "(1.0.0),(cart)": 1}),
        ("label((version))((.*))", {"(version=1.0.0)": 3, "(version=1.1.0)": 1}),
        ("label((app|version))(.*)", {"(app),(version)": 4}),
        ("name(shop) and ip(10\\.0\\.0\\.(\\d))", {"(1)": 2, "(2)": 1}),
        ("image((.*):1\\.0\\.0)", {"(shop)": 2, "(cart)": 1}),
        ("name((cart)?.*)", {"()": 3, "(cart)": 1}),
        ("not label(version)((1\\.0\\.0))", {"()": 1}),
        ("kind(service) && namespace(prod) && port(8080) && port_index(0)", {"()": 4}),
        ("port(80)", {}),
        ("true", {"()": 4}),
        ("false", {}),
        ("name((cart)) || label(version)((.*))", {"(1.0.0)": 2, "(1.1.0)": 1, "(1.0.0),(cart)": 1}),
    ],
)  # fmt: skip
def test_select__targets__are_grouped_by_what_is_caught(text, found):
    assert groups(text, *SHOP) == found


def test_group_key__of_nothing_and_of_repetitions__is_canonical():
    assert group_key([]) == "()"
    assert group_key(["b", "a", "b"]) == "(a),(b)"


targets = st.builds(
    SelectorTarget,
    name=st.sampled_from(["shop", "abd", ""]),
    kind=st.just("service"),
    namespace=st.sampled_from(["a", "x y"]),
    image=st.text(max_size=3),
    host=st.just("10.0.0.1"),
    port=st.integers(0, 3),
    labels=st.dictionaries(st.sampled_from(["shop", "ad"]), st.sampled_from(["shop", "1.0.7", ""])),
)


@given(selectors, selectors, st.lists(targets, max_size=4))
@settings(deadline=None, max_examples=150)
def test_select__connectives__are_those_of_sets(left, right, found):
    def chosen(selector):
        return {id(item) for members in select(selector, found).values() for item in members}

    everything = {id(item) for item in found}

    assert chosen(all_of([left, right])) == chosen(left) & chosen(right)
    assert chosen(any_of([left, right])) == chosen(left) | chosen(right)
    assert chosen(negation(left)) == everything - chosen(left)
