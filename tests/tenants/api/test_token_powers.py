"""No token is a way to more than its sender may do."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from tenants.domain.authority import EVERYTHING
from tenants.selectors import token_by_text
from tenants.services.roles import create_role
from tenants.services.tokens import create_token
from tests.factories import ACTOR, given, user_of

TOKENS = "/api/v1/organisations/acme/tokens"


def sending(text):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"token {text}")
    return client


@pytest.fixture
def token_maker(environment, person):
    """Somebody who may make tokens, and little else."""
    acme = environment.organisation
    create_role(acme, "maker", ["token.*", "binding.*"], actor=ACTOR, authority=EVERYTHING)
    return user_of(acme, "mo", role="maker")


def test_rotate__service_that_may_do_more__is_refused(environment, token_maker, client_of):
    _, text = create_token("deploy", actor=ACTOR, service_of=environment.organisation)
    given(environment.organisation, role="administrator", token="deploy")

    answer = client_of(token_maker).post(f"{TOKENS}/deploy", {}, format="json")

    assert answer.status_code == 403
    assert "text" not in answer.json()
    assert token_by_text(text) is not None


def test_service__made_and_then_given_more_than_one_has__is_refused(token_maker, client_of):
    client = client_of(token_maker)
    made = client.post(TOKENS, {"name": "mine", "is_service": True}, format="json")
    assert made.status_code == 201
    bindings = "/api/v1/organisations/acme/bindings"

    answer = client.post(bindings, {"role": "administrator", "token": "mine"}, format="json")

    assert answer.status_code == 403
    assert client.post(f"{TOKENS}/mine", {}, format="json").status_code == 200


def test_make__for_a_mightier_user__is_refused(token_maker, client_of):
    wanted = {"name": "hers", "user": "acme/ana"}

    assert client_of(token_maker).post(TOKENS, wanted, format="json").status_code == 403


LIMITS = {
    "rights": lambda environment: {"rights": ["gateway.view", "token.*"]},
    "environment": lambda environment: {"environment": environment},
}


@pytest.mark.parametrize("limit", LIMITS)
def test_limited_token__anything_with_other_tokens_of_its_user__is_refused(
    environment, person, limit
):
    _, whole = create_token("whole", actor=ACTOR, user=person)
    _, text = create_token("small", actor=ACTOR, user=person, **LIMITS[limit](environment))
    client = sending(text)

    answers = [
        client.post(TOKENS, {"name": "new"}, format="json"),
        client.post(f"{TOKENS}/whole", {}, format="json"),
        client.delete(f"{TOKENS}/whole"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert token_by_text(whole) is not None
    assert person.tokens.count() == 2


def test_limited_token__itself__may_be_rotated_and_revoked(environment, person):
    _, text = create_token("small", actor=ACTOR, user=person, rights=["gateway.view"])

    answer = sending(text).post(f"{TOKENS}/small", {}, format="json")

    assert answer.status_code == 200
    assert answer.json()["rights"] == ["gateway.view"]
    assert sending(answer.json()["text"]).delete(f"{TOKENS}/small").status_code == 204


@pytest.mark.parametrize("limit", LIMITS)
def test_limited_token__of_a_platform_administrator__makes_no_organisation(
    platform_administrator, environment, limit
):
    limits = LIMITS[limit](environment)
    _, text = create_token("ops", actor=ACTOR, user=platform_administrator, **limits)

    answer = sending(text).post("/api/v1/organisations", {"name": "new"}, format="json")

    assert answer.status_code == 403
