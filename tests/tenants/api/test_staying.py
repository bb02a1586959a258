"""Whether a stream may go on: by the same token or session, read anew."""

from __future__ import annotations

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client, RequestFactory
from rest_framework.request import Request

from tenants.api.authentication import TokenAuthentication
from tenants.api.staying import stays
from tenants.models import ApiToken, User
from tenants.services.bindings import unbind
from tenants.services.people import change_user
from tenants.services.tokens import create_token, revoke_token, rotate_token
from tests.factories import ACTOR, given, user_of


def by_token(text):
    plain = RequestFactory().get("/", HTTP_AUTHORIZATION=f"token {text}")
    request = Request(plain, authenticators=[TokenAuthentication()])
    assert request.user.is_authenticated
    return request


def by_session(user):
    client = Client()
    client.force_login(user)
    plain = RequestFactory().get("/")
    plain.session, plain.user = client.session, user
    assert SESSION_KEY in plain.session
    request = Request(plain)
    request.user, request.auth = user, None
    return request, client


@pytest.fixture
def member(environment):
    user_of(environment.organisation, "boss")
    return user_of(environment.organisation, "mia", role="viewer")


def test_stays__nothing_changed__may_go_on_for_one_query(
    environment, member, django_assert_num_queries
):
    _, text = create_token("ci", actor=ACTOR, user=member)
    may_stay = stays(by_token(text), "event.view", environment)
    assert may_stay()

    with django_assert_num_queries(1):
        assert may_stay()


def _revoke(user):
    revoke_token(ApiToken.objects.select_related("organisation").get(), actor=ACTOR)


def _rotate(user):
    rotate_token(ApiToken.objects.select_related("organisation").get(), actor=ACTOR)


def _switch_off(user):
    change_user(User.objects.get(pk=user.pk), actor=ACTOR, is_active=False)


def _unbind(user):
    unbind(user.bindings.get(), actor=ACTOR)


def _run_out(user):
    ApiToken.objects.update(expires_at="2020-01-01T00:00:00Z")


@pytest.mark.parametrize("lose", [_revoke, _rotate, _switch_off, _unbind, _run_out])
def test_stays__token_or_right_lost__must_go(environment, member, lose):
    _, text = create_token("ci", actor=ACTOR, user=member)
    may_stay = stays(by_token(text), "event.view", environment)
    assert may_stay()

    lose(member)

    assert not may_stay()


def test_stays__service_that_loses_its_binding__must_go(environment):
    _, text = create_token("ci", actor=ACTOR, service_of=environment.organisation)
    binding = given(environment.organisation, role="viewer", token="ci")
    may_stay = stays(by_token(text), "event.view", environment)
    assert may_stay()

    unbind(binding, actor=ACTOR)

    assert not may_stay()


def _new_password(user, client):
    found = User.objects.get(pk=user.pk)
    found.set_password("another horse battery")
    found.save()


@pytest.mark.parametrize(
    "lose",
    [
        lambda user, client: client.logout(),
        lambda user, client: _switch_off(user),
        lambda user, client: _unbind(user),
        _new_password,
    ],
    ids=["logged out", "switched off", "unbound", "new password"],
)
def test_stays__session_or_right_lost__must_go(environment, member, lose):
    request, client = by_session(member)
    may_stay = stays(request, "event.view", environment)
    assert may_stay()

    lose(member, client)

    assert not may_stay()


def test_stays__neither_token_nor_session__by_the_users_row(environment, member):
    request = Request(RequestFactory().get("/"))
    request.user, request.auth = member, None
    may_stay = stays(request, "event.view", environment)
    assert may_stay()

    _switch_off(member)

    assert not may_stay()


def test_stays__another_tenants_environment__never(environment, other_environment, member):
    request, _ = by_session(member)

    assert not stays(request, "event.view", other_environment)()
