"""Leases between transactions that run at the same time."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.conftest import DATABASES
from tests.rivals import Rival
from vamp import leases
from vamp.models import Lease

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True, databases=DATABASES)]

MANY = 6


def race(work):
    """Let many threads do `work` at the same moment, and return what each got."""
    start = threading.Barrier(MANY)

    def one():
        start.wait(30)
        return work()

    rivals = [Rival(one) for _ in range(MANY)]
    return [rival.outcome() for rival in rivals]


def test_once__many_want_a_new_lease__one_gets_it(environment):
    may_end = threading.Barrier(MANY)

    def work():
        with leases.once("tick", using=environment.database, seconds=30) as is_held:
            may_end.wait(30)
            return is_held

    assert sorted(race(work)) == [False] * (MANY - 1) + [True]


def test_once__holder_died__one_of_many_takes_over_with_the_next_fencing_number(environment):
    rows = Lease.objects.using(environment.database)
    past = timezone.now() - timedelta(seconds=1)
    rows.create(name="tick", holder="dead", fencing=7, expires_at=past)
    may_end = threading.Barrier(MANY)

    def work():
        with leases.once("tick", using=environment.database, seconds=30) as is_held:
            may_end.wait(30)
            return is_held

    assert sum(race(work)) == 1
    assert rows.get().fencing == 8
