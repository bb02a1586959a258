from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.models import UserSession
from tenants.services.lockout import PAIR_LIMIT, lock_of, note_failure

ADDRESS = "192.0.2.1"


@pytest.fixture
def locked(person):
    for _ in range(PAIR_LIMIT):
        note_failure(person.login, ADDRESS)
    note_failure("nobody", ADDRESS)
    return person


def signed_in(user, number):
    return UserSession.objects.create(
        session_key=f"{number:016x}".ljust(64, "0"), user=user, browser=f"Browser {number}",
        session_data="", expire_date=timezone.now() + timedelta(days=1),
    )  # fmt: skip


def test_locks__of_an_organisation__are_listed_and_released_by_login(locked, root):
    listed = root.forklift("list", "locks")
    rehearsed = root.forklift("release", "lock", "ana", "--dry-run")
    still = lock_of(locked.login, ADDRESS)
    released = root.forklift("release", "lock", "ana")

    assert "acme/ana" in listed.out
    assert "nobody" not in listed.out
    assert "would be released" in rehearsed.out, rehearsed.err
    assert still is not None
    assert f"of acme/ana from {ADDRESS} released" in released.out
    assert lock_of(locked.login, ADDRESS) is None
    assert root.forklift("release", "lock", "ana").exit == 3
    assert "nobody failed" in root.forklift("list", "locks").err


def test_locks__of_the_installation__are_released_by_their_ids(locked, root):
    found = root.forklift("list", "locks", "--installation", "-o", "name").out.split()
    ids = [each.partition("/")[2] for each in found]

    ran = root.forklift("release", "lock", *ids, "--installation")

    assert len(ids) == 2
    assert ran.exit == 0, ran.err
    assert "nobody" in ran.out


def test_sessions__of_somebody__are_listed_and_ended(person, root):
    one, two = signed_in(person, 1), signed_in(person, 2)

    listed = root.forklift("list", "sessions", "--user", "ana")
    ended = root.forklift("end", "session", one.short_id, "--user", "acme/ana")
    rest = root.forklift("end", "session", "--all", "--user", "ana")

    assert "Browser 1" in listed.out
    assert ended.out == f"session {one.short_id} ended\n", ended.err
    assert rest.out == "1 session ended\n"
    assert not UserSession.objects.filter(pk__in=[one.pk, two.pk]).exists()


def test_sessions__of_ones_own__need_no_login(person, shell):
    mine = signed_in(person, 1)

    assert "Browser 1" in shell.forklift("list", "sessions").out
    assert shell.forklift("end", "session", mine.short_id).exit == 0
    assert shell.forklift("end", "session", mine.short_id).exit == 3
    assert shell.forklift("end", "session").exit == 2
    assert shell.forklift("end", "session", "x", "--all").exit == 2
