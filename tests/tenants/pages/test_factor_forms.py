from __future__ import annotations

import pytest
from allauth.core import context
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import RequestFactory

from tenants.models import SignInFailures
from tenants.pages.factor_forms import CountedCodeForm, CountedKeyForm, refuse_locked
from tenants.services.lockout import PAIR_LIMIT, note_failure
from tests.factories import organisation_named, user_of

ADDRESS = "192.0.2.1"


@pytest.fixture
def user(db):
    found = user_of(organisation_named("acme"))
    TOTP.activate(found, "JBSWY3DPEHPK3PXP")
    return found


@pytest.fixture(autouse=True)
def _request():
    with context.request_context(RequestFactory().post("/", REMOTE_ADDR=ADDRESS)):
        yield


def test_code__wrong__is_counted_for_login_and_address(user):
    form = CountedCodeForm(user=user, data={"code": "000000"})

    assert form.errors == {"code": ["Incorrect code."]}
    row = SignInFailures.objects.get()
    assert (row.subject, row.address, row.failures) == (user.login, ADDRESS, 1)


def test_code__used_in_another_process_a_moment_ago__is_refused(user):
    now = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value("JBSWY3DPEHPK3PXP", now))
    assert CountedCodeForm(user=user, data={"code": code}).is_valid()
    cache.clear()  # another process has one of its own

    form = CountedCodeForm(user=user, data={"code": code})

    assert form.errors == {"code": ["This code was used already. Wait for the next."]}


def test_key__no_answer_of_one__is_counted_likewise(user):
    assert CountedKeyForm(user=user, data={"credential": '{"id": 1}'}).errors
    assert SignInFailures.objects.get().failures == 1


def test_refuse_locked__locked_out__is_not_looked_at(user):
    refuse_locked(user)
    for _ in range(PAIR_LIMIT):
        note_failure(user.login, ADDRESS)

    with pytest.raises(ValidationError, match="Too many wrong codes"):
        refuse_locked(user)
    assert CountedCodeForm(user=user, data={"code": "000000"}).errors
    assert SignInFailures.objects.get().failures == PAIR_LIMIT
