from __future__ import annotations

from django.test import RequestFactory
from django.utils import timezone

from tenants.sessions import ORIGIN, SessionStore
from tenants.signals import remember_origin


def test_remember_origin__of_a_sign_in__lies_in_the_session(db):
    request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.1", HTTP_USER_AGENT="Firefox/1")
    request.session = SessionStore()
    before = timezone.now().isoformat()

    remember_origin(None, request)

    told = request.session[ORIGIN]
    assert (told["address"], told["browser"]) == ("192.0.2.1", "Firefox/1")
    assert told["since"] >= before
