"""What grants allow: default deny, no escalation, tokens only ever take away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.domain.authority import EVERYTHING, NOTHING, ORGANISATION, Authority, Grant, Target
from tenants.domain.label_selector import parse
from tenants.domain.rights import ALL
from tests.tenants.domain.grants import (
    NOW_S,
    PLACES,
    RIGHTS,
    authorities,
    grants,
    limits,
    targets,
    times,
    tokens,
    wholes,
)

rights = st.sampled_from(RIGHTS)
SHOP = Target("prod", "shop", lambda: {"team": "web"})


def grant(*given_rights: str, **fields: object) -> Grant:
    return replace(Grant(7, "runner", "group sre", frozenset(given_rights)), **fields)  # type: ignore[arg-type]


@given(st.sampled_from(sorted(ALL)), targets)
def test_decide__no_grant__nothing_is_allowed(right, target):
    decision = NOTHING.decide(right, target, NOW_S)

    assert not decision.is_allowed
    assert decision.because is None
    assert right in decision.reason


@given(wholes, rights, targets)
def test_decide__allowed__one_of_the_grants_gives_it_and_is_named(authority, right, target):
    decision = authority.decide(right, target, NOW_S)

    giving = [each for each in authority.grants if each.gives(right, target, NOW_S)]
    assert decision.is_allowed == bool(giving)
    assert (decision.because in giving) == bool(giving)


@given(wholes, rights, targets)
def test_decide__limits__the_greatest_of_those_that_allow_it_counts(authority, right, target):
    found = [g.max_weight for g in authority.grants if g.gives(right, target, NOW_S)]

    decision = authority.decide(right, target, NOW_S)

    expected = None if None in found or not found else max(found)
    assert decision.max_weight == expected


@given(authorities, grants(), targets)
def test_covers__all_of_a_grant__everything_that_it_allows_is_allowed(authority, wanted, target):
    """No escalation: who may give it has it, as wide, as long and without a lower limit."""
    if authority.covers(wanted, NOW_S):
        return
    for right in wanted.rights:
        for later_s in (0.0, 6.0, 20.0):
            if not wanted.gives(right, target, NOW_S + later_s):
                continue
            decision = authority.decide(right, target, NOW_S + later_s)
            assert decision.is_allowed
            if decision.max_weight is not None:
                assert wanted.max_weight is not None
                assert wanted.max_weight <= decision.max_weight


@given(wholes, st.data())
def test_covers__own_grant_or_less_of_it__may_be_passed_on(authority, data):
    live = [each for each in authority.grants if not each.is_over(NOW_S)]
    if not live:
        return
    held = data.draw(st.sampled_from(live))
    sooner = data.draw(times.filter(lambda end: held.expires_at_s is None or end is not None))
    lower = data.draw(limits.filter(lambda most: held.max_weight is None or most is not None))
    wanted = replace(
        held,
        expires_at_s=sooner if held.expires_at_s is None else min(held.expires_at_s, sooner),
        max_weight=lower if held.max_weight is None else min(held.max_weight, lower),
    )

    assert authority.covers(wanted, NOW_S) == []


@given(authorities, rights, targets, tokens)
def test_restricted__by_any_token__allows_nothing_that_was_not(authority, right, target, token):
    if authority.only_rights is not None or authority.only_environment:
        return  # a token of a token there is not
    if authority.restricted(*token).allows(right, target, NOW_S):
        assert authority.allows(right, target, NOW_S)


@given(authorities, grants(), tokens)
def test_restricted__by_any_token__covers_nothing_that_was_not(authority, wanted, token):
    if authority.only_rights is not None or authority.only_environment:
        return
    if not authority.restricted(*token).covers(wanted, NOW_S):
        assert not authority.covers(wanted, NOW_S)


@given(authorities, rights, targets)
def test_reached__anything_allowed_in_an_environment__it_is_among_them(authority, right, target):
    reached = authority.reached(NOW_S)

    if target.environment and authority.allows(right, target, NOW_S) and reached is not None:
        assert target.environment in reached or right == "organisation.view"


@given(wholes, rights, targets)
def test_grants_of__allowed_on_an_object__the_grant_is_among_them(authority, right, target):
    decision = authority.decide(right, target, NOW_S)

    found = authority.grants_of(right, target.environment, NOW_S)

    assert decision.because is None or decision.because in found


@given(authorities, rights, targets)
def test_is_unlimited__everything_without_a_token__nothing_is_withheld(authority, right, target):
    if authority.is_unlimited:
        assert authority.allows(right, target, NOW_S)


@pytest.mark.parametrize(
    ("fields", "right", "target", "expected"),
    [
        ({}, "gateway.view", SHOP, True),
        ({}, "gateway.view", ORGANISATION, True),
        ({}, "gateway.change", SHOP, False),
        ({"environment": "prod"}, "gateway.view", SHOP, True),
        ({"environment": "test"}, "gateway.view", SHOP, False),
        ({"environment": "prod"}, "gateway.view", ORGANISATION, False),
        ({"selector": parse("team=web")}, "gateway.view", SHOP, True),
        ({"selector": parse("team=web")}, "release.view", SHOP, True),
        ({"selector": parse("team=web")}, "policy.view", SHOP, False),
        ({"selector": parse("!team")}, "gateway.view", SHOP, False),
        ({"selector": parse("!team")}, "gateway.view", Target("prod"), False),
        ({"expires_at_s": NOW_S}, "gateway.view", SHOP, False),
        ({"expires_at_s": NOW_S + 0.1}, "gateway.view", SHOP, True),
    ],
)
def test_gives__scope_and_time__is_as_it_says(fields, right, target, expected):
    held = grant("gateway.view", "release.view", "policy.view", **fields)

    assert held.gives(right, target, NOW_S) is expected


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        ("gateway", {"gateway.view", "release.view"}),
        ("service", {"service.view"}),
        ("policy", {"policy.view"}),
    ],
)
def test_gives__one_object__rights_to_other_kinds_of_that_name_are_not_given(kind, allowed):
    views = {"gateway.view", "release.view", "service.view", "policy.view", "agent.view"}
    held = grant(*views, environment="prod", object_kind=kind, object_name="shop")

    authority = Authority.of([held])

    assert {right for right in views if authority.allows(right, SHOP, NOW_S)} == allowed
    assert {right for right in views if authority.grants_of(right, "prod", NOW_S)} == allowed


@pytest.mark.parametrize(
    "wanted",
    [
        grant("gateway.view", "gateway.change", environment="prod"),
        grant("gateway.view"),
        grant("gateway.view", environment="test"),
        grant("gateway.view", environment="prod", expires_at_s=NOW_S + 9),
        grant("gateway.view", environment="prod", expires_at_s=NOW_S + 1, max_weight=3_000),
    ],
)
def test_covers__more_rights_wider_longer_or_higher__is_told(wanted):
    held = grant("gateway.view", environment="prod", expires_at_s=NOW_S + 5, max_weight=2_500)

    assert Authority.of([held]).covers(wanted, NOW_S)


@pytest.mark.parametrize("place", PLACES)
def test_covers__everything__whatever_may_be_given(place):
    assert EVERYTHING.covers(grant(*ALL, environment=place), NOW_S) == []


def test_reason__allowed__names_role_subject_and_scope():
    held = grant("gateway.view", environment="prod", object_kind="gateway", object_name="shop")

    reason = Authority.of([held]).decide("gateway.view", SHOP, NOW_S).reason

    assert reason == "role runner was given to group sre on gateway shop in environment prod"


def test_reason__withheld_by_a_token__says_so():
    authority = Authority.of([grant("gateway.view")]).restricted(frozenset({"policy.view"}), "prod")

    assert "fewer rights" in authority.decide("gateway.view", SHOP, NOW_S).reason
    elsewhere = authority.decide("policy.view", Target("test"), NOW_S)
    assert elsewhere.reason == "policy.view is withheld by the token, which is for environment prod"
