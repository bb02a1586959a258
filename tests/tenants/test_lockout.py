"""Every way of signing in asks for locks, and counts."""

from __future__ import annotations

import pytest
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate
from django.test import Client, RequestFactory

from tenants.lockout import LockoutHandler, address_of, lock_on
from tenants.models import SignInFailures
from tenants.services.lockout import PAIR_LIMIT, lock_of
from tests.factories import PASSWORD, organisation_named, user_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return user_of(organisation_named("acme"))


def asked(login, password, address="192.0.2.1"):
    request = RequestFactory().post("/", REMOTE_ADDR=address)
    return authenticate(request, username=login, password=password), request


def test_authenticate__wrong_until_locked__refuses_the_right_one_too(user):
    for _ in range(PAIR_LIMIT):
        assert asked(user.login, "wrong")[0] is None

    found, request = asked(user.login, PASSWORD)
    assert found is None
    assert lock_on(request).subject == user.login
    assert SignInFailures.objects.get().failures == PAIR_LIMIT  # what is refused is not counted
    assert asked(user.login, PASSWORD, "192.0.2.2")[0] == user


def test_authenticate__signed_in__forgets_what_failed(user):
    client = Client(REMOTE_ADDR="192.0.2.1")
    asked(user.login, "wrong")

    client.post("/admin/login/", {"username": user.login, "password": PASSWORD})

    assert not SignInFailures.objects.exists()


def test_authenticate__unknown_login__is_counted_and_locked_alike(db):
    for _ in range(PAIR_LIMIT):
        asked("acme/nobody", "wrong")

    assert lock_on(asked("acme/nobody", "wrong")[1]) is not None


def test_handler__as_axes_uses_it__is_ours(user):
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1")
    handler = AxesProxyHandler.get_implementation()

    assert isinstance(handler, LockoutHandler)
    assert handler.get_failures(request, {"username": user.login}) == 0
    for _ in range(PAIR_LIMIT):
        handler.user_login_failed(None, {"username": user.login}, request)
    assert handler.get_failures(request, {"username": user.login}) == PAIR_LIMIT
    handler.user_logged_out(None, request, user)
    assert lock_of(user.login, address_of(request)) is not None


def test_lock_on__nothing_was_refused__is_none():
    assert lock_on(RequestFactory().get("/")) is None
