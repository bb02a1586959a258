"""Who a token stands for, and what its use leaves behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tenants.api.authentication import LAST_USED_STEP, AgentPrincipal, TokenAuthentication
from tenants.models import ApiToken
from tenants.services.lockout import PAIR_LIMIT
from tenants.services.tokens import create_token


def authenticated(header):
    headers = {} if header is None else {"authorization": header}
    return TokenAuthentication().authenticate(Request(RequestFactory().get("/", headers=headers)))


@pytest.mark.parametrize("word", ["token", "Token", "Bearer", "bearer"])
def test_token__of_a_person__stands_for_the_person(person, word):
    token, text = create_token("ci", actor="tests", user=person)

    assert authenticated(f"{word} {text}") == (person, token)


def test_token__of_agents__stands_for_no_person(environment, django_assert_num_queries):
    token, text = create_token("vga", actor="tests", agent_of=environment)

    sender, found = authenticated(f"token {text}")

    assert isinstance(sender, AgentPrincipal)
    assert (found, sender.token, sender.pk) == (token, token, token.pk)
    assert sender.is_authenticated
    assert not sender.is_active
    with django_assert_num_queries(0):
        assert sender.token.agent_of.path == "acme/production"


@pytest.mark.parametrize("header", [None, "", "token", "token a b", "Basic YTpi"])
def test_header__without_a_token__leaves_it_to_the_session(header):
    assert authenticated(header) is None


@pytest.mark.parametrize("change", ["", "x", "\xff"])
def test_token__unknown__is_refused(person, change):
    _, text = create_token("ci", actor="tests", user=person)

    with pytest.raises(AuthenticationFailed):
        authenticated(f"token {text[:-1]}{change}")


def test_token__used_twice_in_a_minute__is_written_once(person, django_assert_num_queries):
    token, text = create_token("ci", actor="tests", user=person)
    authenticated(f"token {text}")
    first = ApiToken.objects.get(pk=token.pk).last_used_at

    with django_assert_num_queries(1):
        authenticated(f"token {text}")

    assert ApiToken.objects.get(pk=token.pk).last_used_at == first is not None


def test_token__used_again_later__is_noted(person):
    token, text = create_token("ci", actor="tests", user=person)
    before = timezone.now() - LAST_USED_STEP - timedelta(seconds=1)
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=before)

    authenticated(f"token {text}")

    assert ApiToken.objects.get(pk=token.pk).last_used_at > before


def test_token__failing_again_and_again__is_told_to_wait_and_right_ones_go_on(person, client):
    _, text = create_token("ci", actor="tests", user=person)
    wrong = {"HTTP_AUTHORIZATION": f"token {text[:-1]}"}
    for _ in range(PAIR_LIMIT):
        assert client.get("/api/v1/me", **wrong).status_code == 401

    answer = client.get("/api/v1/me", **wrong)

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert client.get("/api/v1/me", HTTP_AUTHORIZATION=f"token {text}").status_code == 200
