"""May X do Y, through the API."""

from __future__ import annotations

import pytest

from tenants.api.explain import right_of
from tenants.services.tokens import create_token
from tests.factories import given, user_of
from vamp.errors import Invalid

ROOT = "/api/v1/organisations/acme"
HERE = f"{ROOT}/environments/production/explain"


def test_explain__oneself__is_answered_with_the_binding(api, person):
    told = api.get(HERE, {"verb": "release", "object": "gateway/shop"}).json()

    assert told["allowed"] is True
    assert told["right"] == "gateway.release"
    assert told["because"]["binding"] == person.bindings.get().pk
    assert told["because"]["role"] == "administrator"


def test_explain__another__is_told_limit_and_end(api, environment):
    gil = user_of(environment.organisation, "gil", role="")
    given(
        environment.organisation, role="operator", user=gil.login,
        environment="production", object="gateway/shop", max_weight=2500,
    )  # fmt: skip
    asked = {"user": gil.login, "verb": "release"}

    yes = api.get(HERE, {**asked, "object": "gateway/shop"}).json()
    no = api.get(HERE, {**asked, "object": "gateway/other"}).json()

    assert (yes["allowed"], yes["because"]["max_weight"]) == (True, "25%")
    assert (no["allowed"], no["because"]) == (False, None)
    assert no["reason"] == "no binding gives gateway.release here"


def test_explain__service__by_the_name_of_its_token(api, environment):
    create_token("robot", actor="tests", service_of=environment.organisation)
    given(environment.organisation, role="viewer", token="robot")

    told = api.get(HERE, {"user": "token:robot", "verb": "view", "object": "gateway"}).json()

    assert told["because"]["subject"] == "token robot"


def test_explain__of_the_organisation__needs_no_environment(api):
    told = api.get(f"{ROOT}/explain", {"verb": "create", "object": "user"}).json()

    assert told["allowed"] is True


def test_explain__others__takes_the_right_to_see_bindings(api, client_of, environment):
    vic = client_of(user_of(environment.organisation, "vic", role="viewer"))
    asked = {"verb": "view", "object": "gateway"}

    assert vic.get(HERE, asked).json()["allowed"] is True
    assert vic.get(HERE, {**asked, "user": "acme/vic"}).status_code == 200
    assert vic.get(HERE, {**asked, "user": "acme/ana"}).status_code == 403


def test_explain__user_of_another_tenant__is_not_there(api, other_environment):
    user_of(other_environment.organisation, "eve")

    answer = api.get(HERE, {"user": "globex/eve", "verb": "view", "object": "gateway"})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"verb": "view"},
        {"object": "gateway"},
        {"verb": "fly", "object": "gateway"},
        {"verb": "view", "object": "planet"},
        {"verb": "view", "object": "gateway", "colour": "red"},
    ],
)
def test_explain__question_without_sense__is_refused(api, asked):
    assert api.get(HERE, asked).status_code == 400


def test_right_of__kind_and_verb__names_the_right_and_the_object():
    assert right_of("abort", "release/shop") == ("release.abort", "shop")
    assert right_of("view", "audit/whatever") == ("audit.view", "")
    with pytest.raises(Invalid):
        right_of("view", "planet")
