from __future__ import annotations

import pytest
from django.db import InterfaceError, OperationalError, connections, transaction

from vamp import contention
from vamp.contention import PAUSES_S, close_broken, held_apart, is_passing, repeated

DEADLOCK = OperationalError(1213, "Deadlock found when trying to get lock")
AWAY = OperationalError(2013, "Lost connection to server during query")


@pytest.fixture
def pauses(monkeypatch):
    taken = []
    monkeypatch.setattr(contention.time, "sleep", taken.append)
    return taken


def failing(*errors):
    left = list(errors)

    @repeated
    def change(value):
        if left:
            raise left.pop(0)
        return value

    return change


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DEADLOCK, True),
        (OperationalError(1205, "Lock wait timeout exceeded"), True),
        (AWAY, True),
        (OperationalError(2002, "Can't connect"), True),
        (InterfaceError(0, ""), True),
        (OperationalError(1054, "Unknown column"), False),
        (OperationalError("database is locked"), False),
        (ValueError(1213), False),
    ],
)
def test_is_passing__errors_of_the_database__are_told_by_their_numbers(error, told):
    assert is_passing(error) is told


def test_repeated__taken_back_for_a_rivals_sake__is_made_again(pauses):
    assert failing(DEADLOCK, DEADLOCK)("done") == "done"
    assert len(pauses) == 2
    assert all(0 <= pause <= most for pause, most in zip(pauses, PAUSES_S, strict=False))


def test_repeated__taken_back_every_time__says_so(pauses):
    with pytest.raises(OperationalError, match="Deadlock"):
        failing(*[DEADLOCK] * (len(PAUSES_S) + 1))("never")


def test_repeated__connection_lost__is_not_repeated_for_it_may_be_committed(pauses):
    with pytest.raises(OperationalError, match="Lost connection"):
        failing(AWAY)("unknown")
    assert pauses == []


@pytest.mark.django_db
def test_repeated__in_a_transaction_of_the_callers__leaves_it_to_him(pauses):
    with pytest.raises(OperationalError, match="Deadlock"), transaction.atomic():
        failing(DEADLOCK)("his")
    assert pauses == []


@pytest.mark.django_db
def test_held_apart__database_fails__is_logged_and_others_go_on(caplog):
    with held_apart("tick.failed", environment="acme/production"):
        raise AWAY

    assert [(record.message, record.environment) for record in caplog.records] == [
        ("tick.failed", "acme/production")
    ]


def test_held_apart__a_defect__is_not_hidden():
    with pytest.raises(ZeroDivisionError), held_apart("tick.failed"):
        raise ZeroDivisionError


@pytest.mark.django_db
def test_close_broken__in_a_transaction__leaves_the_connection_to_it():
    connection = connections["default"]
    connection.errors_occurred = True

    close_broken()

    assert connection.connection is not None
    connection.errors_occurred = False
