from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from tenants.models import SignInPolicy, User
from tenants.services import second_factor
from tenants.services.second_factor import due, policy_of, reset, set_policy
from tests.factories import organisation_named, user_of
from vamp.databases import DEFAULT
from vamp.errors import Invalid
from vamp.models import AuditEntry


@pytest.fixture
def organisation(db):
    return organisation_named("acme")


def asked(organisation, whom="everybody", days=0):
    return set_policy(organisation, second_factor=whom, grace_days=days, actor="root")


def user_again(user):
    return User.objects.select_related("organisation__sign_in_policy").get(pk=user.pk)


def test_policy_of__never_said__asks_nothing(organisation, django_assert_num_queries):
    user = user_again(user_of(organisation))

    with django_assert_num_queries(0):
        assert due(user, by_single_sign_on=False) is None
    assert policy_of(organisation).second_factor == "nobody"


@pytest.mark.parametrize(
    ("whom", "by_single_sign_on", "is_asked"),
    [
        ("nobody", False, False),
        ("passwords", False, True),
        ("passwords", True, False),
        ("everybody", True, True),
    ],
)
def test_due__policy_and_way_of_signing_in__decide(organisation, whom, by_single_sign_on, is_asked):
    user = user_of(organisation)
    asked(organisation, whom)

    found = due(user_again(user), by_single_sign_on=by_single_sign_on)

    assert (found is not None) is is_asked
    assert found is None or found.is_overdue


def test_due__grace__counts_from_the_later_of_policy_and_joining(organisation):
    user = user_of(organisation)
    asked(organisation, days=7)
    since = timezone.now() - timedelta(days=30)
    SignInPolicy.objects.update(required_since=since)

    assert due(user_again(user), by_single_sign_on=False).by == user.joined_at + timedelta(days=7)
    User.objects.update(joined_at=since - timedelta(days=1))
    overdue = due(user_again(user), by_single_sign_on=False)
    assert (overdue.by, overdue.is_overdue) == (since + timedelta(days=7), True)


def test_due__has_one__is_nothing_and_recovery_codes_alone_are_none(organisation):
    user = user_of(organisation)
    asked(organisation)
    RecoveryCodes.activate(user)
    assert due(user_again(user), by_single_sign_on=False) is not None

    TOTP.activate(user, "JBSWY3DPEHPK3PXP")

    assert due(user_again(user), by_single_sign_on=False) is None


def test_due__platform_administrator__is_of_no_organisation(db):
    assert due(user_of(None, "root"), by_single_sign_on=False) is None


def test_set_policy__again__keeps_since_when_and_is_told(organisation):
    first = asked(organisation, days=7).required_since

    again = asked(organisation, "passwords", days=1)

    assert again.required_since == first
    assert SignInPolicy.objects.count() == 1
    entry = AuditEntry.objects.using(DEFAULT).order_by("id").last()
    assert (entry.verb, entry.before["grace_days"], entry.after["grace_days"]) == (
        "organisation.sign_in_changed", 7, 1,
    )  # fmt: skip
    assert asked(organisation, "nobody").required_since is None


def test_set_policy__wrong__tells_every_fault(organisation):
    with pytest.raises(Invalid) as caught:
        asked(organisation, "somebody", 1000)

    assert {fault.pointer for fault in caught.value.faults} == {"/second_factor", "/grace_days"}


def test_reset__lost_all__takes_them_and_ends_sessions(organisation):
    user = user_of(organisation)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(user)
    client = Client()
    client.force_login(user)

    assert reset(user, actor="root") == 2

    assert second_factor.factors_of(user) == []
    assert client.get("/api/v1/me").status_code == 401
    assert reset(user, actor="root") == 0
    entries = AuditEntry.objects.using(DEFAULT).filter(verb="user.factors_reset")
    assert [entry.after for entry in entries] == [{"factor": "recovery_codes, totp"}]


def test_secret_of_a_factor__in_sql__is_sealed(organisation):
    from allauth.mfa.models import Authenticator

    user = user_of(organisation)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")

    assert "JBSWY3DPEHPK3PXP" not in str(list(Authenticator.objects.values()))


def test_spend_code__again__is_refused_until_it_has_run_out(organisation, monkeypatch):
    authenticator = TOTP.activate(user_of(organisation), "JBSWY3DPEHPK3PXP").instance

    assert second_factor.spend_code(authenticator, "123456")
    assert not second_factor.spend_code(authenticator, " 123456")
    assert second_factor.spend_code(authenticator, "654321")
    assert not second_factor.spend_code(authenticator, "123456")
    later = timezone.now() + timedelta(seconds=second_factor.CODE_LIFE_S)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert second_factor.spend_code(authenticator, "123456")


def test_set_policy__of_platform_administrators__is_one_row_and_audited(organisation):
    asked(organisation, "passwords", days=1)
    asked(None, days=3)
    asked(None, "nobody")

    row = SignInPolicy.objects.get(of_platform=True)
    assert (row.organisation, row.second_factor, row.required_since) == (None, "nobody", None)
    assert policy_of(organisation).second_factor == "passwords"
    entries = (
        AuditEntry.objects.using(DEFAULT).filter(verb="installation.sign_in_changed").order_by("pk")
    )
    assert [each.organisation for each in entries] == ["", ""]
    assert entries.last().before == {"second_factor": "everybody", "grace_days": 3}


def test_policy__a_second_row_of_platform_administrators__cannot_be(organisation):
    asked(None)

    with pytest.raises(IntegrityError), transaction.atomic(using=DEFAULT):
        SignInPolicy.objects.create(of_platform=True)
