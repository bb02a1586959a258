"""Rights, their patterns, and the roles that Vamp brings along."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.domain.rights import (
    ADMINISTRATOR,
    ALL,
    BUILTIN,
    OBJECT_KINDS,
    VERBS,
    WITH_LABELS,
    names_of,
    unknown,
)


def test_names_of__stars__name_whole_kinds_and_verbs():
    assert names_of(["*.*"]) == ALL
    assert names_of(["policy.*"]) == {f"policy.{verb}" for verb in VERBS["policy"]}
    assert names_of(["*.approve"]) == {"release.approve"}
    assert names_of(["gateway.view", "nonsense.view"]) == {"gateway.view"}


@pytest.mark.parametrize(
    "pattern", ["", "*", ".", "gateway", "gateway.", ".view", "gateway.fly", "*.fly", "moon.*"]
)
def test_unknown__what_names_no_right__is_returned(pattern):
    assert unknown([pattern, "gateway.view"]) == [pattern]
    assert names_of([pattern]) == frozenset()


@given(st.lists(st.text(alphabet="gatewyviolp.*", max_size=14), max_size=5))
def test_names_of__any_patterns__each_is_unknown_or_names_something(patterns):
    for pattern in patterns:
        assert bool(names_of([pattern])) != bool(unknown([pattern]))
    assert names_of(patterns) <= ALL


def test_builtin__the_mightiest_first__each_has_all_of_the_next():
    for mightier, lesser in pairwise(BUILTIN.values()):
        assert lesser.rights < mightier.rights
    assert BUILTIN[ADMINISTRATOR].rights == ALL


@pytest.mark.parametrize("role", BUILTIN.values(), ids=lambda role: role.name)
def test_builtin__every_pattern__names_a_right(role):
    assert unknown(role.patterns) == []


def test_builtin__all_but_the_administrator__give_no_power_over_people():
    over_people = {"user", "group", "role", "binding", "token"}
    for role in BUILTIN.values():
        if role.name == ADMINISTRATOR:
            continue
        beyond_view = {right for right in role.rights if not right.endswith(".view")}
        assert not {right for right in beyond_view if right.split(".")[0] in over_people}


def test_object_kinds__every_one__is_a_kind_of_rights():
    assert {each for kinds in OBJECT_KINDS.values() for each in kinds} | WITH_LABELS <= {*VERBS}
