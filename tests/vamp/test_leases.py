from datetime import timedelta

import pytest
from django.utils import timezone

from vamp import leases
from vamp.models import Lease


def test_acquire__free__is_taken_and_renewed(environment):
    using = environment.database

    assert leases.acquire("tick", using=using, seconds=10) == 1
    assert leases.acquire("tick", using=using, seconds=10) == 1


def test_acquire__held_by_another__is_refused(environment, monkeypatch):
    using = environment.database
    leases.acquire("tick", using=using, seconds=10)
    monkeypatch.setattr(leases, "HOLDER", "another")

    assert leases.acquire("tick", using=using, seconds=10) is None


def test_acquire__held_by_another__costs_one_statement(
    environment, monkeypatch, django_assert_num_queries
):
    using = environment.database
    leases.acquire("tick", using=using, seconds=10)
    monkeypatch.setattr(leases, "HOLDER", "another")

    with django_assert_num_queries(1, using=using):
        leases.acquire("tick", using=using, seconds=10)


def test_acquire__holder_died__falls_to_another_with_a_higher_fencing(environment, monkeypatch):
    using = environment.database
    leases.acquire("tick", using=using, seconds=10)
    Lease.objects.using(using).update(expires_at=timezone.now() - timedelta(seconds=1))
    monkeypatch.setattr(leases, "HOLDER", "another")

    assert leases.acquire("tick", using=using, seconds=10) == 2


def test_release__ours__another_need_not_wait(environment, monkeypatch):
    using = environment.database
    leases.acquire("tick", using=using, seconds=10)
    leases.release("tick", using=using)
    monkeypatch.setattr(leases, "HOLDER", "another")

    assert leases.acquire("tick", using=using, seconds=10) == 2


def test_release__anothers__stays(environment, monkeypatch):
    using = environment.database
    leases.acquire("tick", using=using, seconds=10)
    monkeypatch.setattr(leases, "HOLDER", "another")
    leases.release("tick", using=using)

    assert leases.acquire("tick", using=using, seconds=10) is None


def test_renew_identity__after_a_fork__is_another_holder(monkeypatch):
    monkeypatch.setattr(leases, "HOLDER", leases.HOLDER)
    before = leases.HOLDER

    leases.renew_identity()

    assert before != leases.HOLDER


def test_once__free_again_and_again__is_held_for_each_block(environment):
    using = environment.database

    for _ in range(2):
        with leases.once("tick", using=using, seconds=10) as is_held:
            assert is_held
            with leases.once("tick", using=using, seconds=10) as is_held_twice:
                assert not is_held_twice


def test_once__block_fails__is_given_back(environment):
    with (
        pytest.raises(ZeroDivisionError),
        leases.once("tick", using=environment.database, seconds=10),
    ):
        raise ZeroDivisionError

    assert leases.acquire("tick", using=environment.database, seconds=10) == 2
