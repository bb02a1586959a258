from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.models import SignInFailures
from tenants.services import lockout
from tenants.services.lockout import (
    ADDRESS_LIMIT,
    COOL_OFF,
    PAIR_LIMIT,
    SUBJECT_LIMIT,
    forget_failures,
    lock_of,
    note_failure,
    note_token_failure,
)
from tenants.services.tokens import create_token
from tests.factories import organisation_named, user_of
from vamp.databases import DEFAULT
from vamp.models import AuditEntry

pytestmark = pytest.mark.django_db

HOME, OFFICE = "192.0.2.1", "192.0.2.2"


def failing(subject, address, times):
    for _ in range(times):
        if lock_of(subject, address) is None:
            note_failure(subject, address)


def test_lock_of__below_the_limit__is_none():
    failing("acme/ana", HOME, PAIR_LIMIT - 1)

    assert lock_of("acme/ana", HOME) is None


def test_lock_of__one_person_at_an_office__leaves_the_others_and_other_places():
    failing("acme/ana", OFFICE, PAIR_LIMIT)

    lock = lock_of("acme/ana", OFFICE)
    assert (lock.subject, lock.address, lock.failures) == ("acme/ana", OFFICE, PAIR_LIMIT)
    assert 0 < lock.seconds_left <= COOL_OFF.total_seconds()
    assert lock_of("acme/bo", OFFICE) is None
    assert lock_of("acme/ana", HOME) is None


def test_lock_of__one_login_from_many_addresses__locks_it_everywhere():
    for number in range(SUBJECT_LIMIT // PAIR_LIMIT):
        failing("acme/ana", f"198.51.100.{number}", PAIR_LIMIT)

    lock = lock_of("acme/ana", HOME)
    assert (lock.subject, lock.address) == ("acme/ana", "")
    assert lock_of("acme/bo", "198.51.100.1") is None


def test_lock_of__one_address_floods__locks_itself_and_nobody_else():
    for number in range(ADDRESS_LIMIT):
        failing(f"acme/user{number}", OFFICE, PAIR_LIMIT)

    lock = lock_of("acme/bo", OFFICE)
    assert (lock.subject, lock.address) == ("", OFFICE)
    assert lock_of("acme/user1", HOME) is None
    assert SignInFailures.objects.count() <= ADDRESS_LIMIT / PAIR_LIMIT


def test_lock_of__after_a_while__ends_by_itself():
    failing("acme/ana", HOME, PAIR_LIMIT)
    SignInFailures.objects.update(last_at=timezone.now() - COOL_OFF - timedelta(seconds=1))

    assert lock_of("acme/ana", HOME) is None
    note_failure("acme/ana", HOME)
    assert SignInFailures.objects.get().failures == 1


def test_forget_failures__after_a_success__begins_anew():
    failing("acme/ana", HOME, PAIR_LIMIT - 1)
    failing("acme/ana", OFFICE, 1)

    forget_failures("acme/ana", HOME)

    assert list(SignInFailures.objects.values_list("address", flat=True)) == [OFFICE]


def test_note_failure__known_and_unknown_logins__only_the_known_is_its_organisations():
    user_of(organisation_named("acme"))

    for subject in ("acme/ana", "acme/nobody", "root", "x" * 300):
        note_failure(subject, HOME)

    rows = {row.subject: row.organisation for row in SignInFailures.objects.all()}
    assert rows.pop("acme/ana") == organisation_named("acme")
    assert set(rows.values()) == {None}


def test_note_token_failure__again_and_again__is_locked_and_counted_no_more():
    for _ in range(PAIR_LIMIT):
        assert note_token_failure("0123abcd.secret", HOME) is None

    assert note_token_failure("0123abcd.other", HOME).subject == "token:0123abcd"
    assert SignInFailures.objects.get().failures == PAIR_LIMIT
    assert note_token_failure("0123abcd.secret", OFFICE) is None


def test_note_token_failure__of_no_token_at_all__is_counted_as_one_thing():
    for text in ("", "Basic", "<script>", "ünicode!!"):
        note_token_failure(text, HOME)

    assert SignInFailures.objects.get().subject == "token:none"


def test_note_token_failure__prefix_of_a_token__is_its_organisations():
    user = user_of(organisation_named("acme"))
    token, _ = create_token("ci", actor="tests", user=user)

    note_token_failure(f"{token.prefix}.wrong", HOME)

    assert SignInFailures.objects.get().organisation == user.organisation


def test_lift__a_lock__may_be_tried_at_once_and_is_told():
    failing("acme/ana", HOME, PAIR_LIMIT)

    lockout.lift(SignInFailures.objects.get(), actor="root")

    assert lock_of("acme/ana", HOME) is None
    entry = AuditEntry.objects.using(DEFAULT).order_by("id").last()
    assert (entry.actor, entry.verb, entry.name) == ("root", "lock.lifted", "acme/ana")


def test_prune__over__are_forgotten():
    failing("acme/ana", HOME, 1)
    assert lockout.prune() == 0
    SignInFailures.objects.update(last_at=timezone.now() - COOL_OFF - timedelta(seconds=1))

    assert lockout.prune() == 1
