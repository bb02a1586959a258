from __future__ import annotations

import re
from pathlib import Path

import pytest

from vamp.cli.failure import Failure
from vamp.cli.kind import Scope
from vamp.cli.kinds import KINDS, kind_and_name, kind_named


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("gateway", "gateway"), ("Gateways", "gateway"), ("gw", "gateway"), ("orgs", "organisation"),
        ("organization", "organisation"), ("env", "environment"), ("dead_letters", "dead-letter"),
        ("releasepolicies", "policy"), ("svc", "service"), ("audit", "audit"),
    ],
)  # fmt: skip
def test_kind__in_any_spelling__is_found(word, name):
    assert kind_named(word).name == name


def test_kind__unknown__is_refused_with_all_there_are():
    with pytest.raises(Failure, match="gateways"):
        kind_named("blueprints")


def test_kinds__their_names__are_of_one_kind_each():
    names = [name for kind in KINDS for name in {kind.name, kind.plural, *kind.short}]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("words", "name", "names"),
    [
        (["gateway", "a", "b"], "gateway", ["a", "b"]),
        (["gateway/a"], "gateway", ["a"]),
        (["gateways"], "gateway", []),
        (["release", "shop/3"], "release", ["shop/3"]),
        (["release/shop/3"], "release", ["shop/3"]),
    ],
)
def test_words__kind_and_names__are_told_apart(words, name, names):
    kind, found = kind_and_name(words)

    assert (kind.name, found) == (name, names)


def test_kinds__every_one_of_an_environment__is_in_the_page_of_the_api():
    page = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
    known = set(re.findall(r"`(?:…/\{organisation\}/)?([a-z-]+)[`/?]", page))

    missing = [
        kind.name
        for kind in KINDS
        if kind.scope is Scope.ENVIRONMENT
        and (kind.segment or kind.plural).partition("/")[0] not in known
    ]

    assert missing == []


def test_column__of_a_gateway__tells_how_far_it_is():
    columns = {column.title: column for column in kind_named("gateway").columns}
    row = {
        "document": {"hosts": ["a.test"], "routes": [{"name": "x", "weight": "100%"}]},
        "liveness": {"is_live": False, "desired": 2, "published": 2, "applied": 1, "agents": 2},
    }

    assert columns["HOSTS"].text(row) == "a.test"
    assert columns["SPLIT"].text(row) == "x=100%"
    assert columns["STATE"].text(row) == "1 of 2 agents"
