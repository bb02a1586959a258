from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tenants.models import SignInFailures
from tests.factories import user_of


def made(organisation, subject, **fields):
    now = timezone.now()
    row = {"address": "192.0.2.1", "failures": 1, "first_at": now, "last_at": now, **fields}
    return SignInFailures.objects.create(organisation=organisation, subject=subject, **row)


def test_visible_to__other_organisation__sees_none(person, other_environment):
    mine = made(person.organisation, person.login)
    of_nobody = made(None, "nobody")
    stranger = user_of(other_environment.organisation)

    assert list(SignInFailures.objects.visible_to(person)) == [mine]
    assert list(SignInFailures.objects.visible_to(stranger)) == []
    assert set(SignInFailures.objects.visible_to(user_of(None, "root"))) == {mine, of_nobody}


def test_since__older__is_left_out(db):
    now = timezone.now()
    made(None, "old", last_at=now - timedelta(minutes=2))
    new = made(None, "new")

    assert list(SignInFailures.objects.since(now - timedelta(minutes=1))) == [new]
    assert str(new) == "new from 192.0.2.1"
