from __future__ import annotations

import pytest

from tests.vamp.demo.records import record
from vamp.demo.ledger import Caller, Ledger


@pytest.mark.parametrize(
    ("status", "failure", "has_failed"),
    [(200, "", False), (302, "", False), (404, "", True), (503, "", True), (0, "lost", True)],
)
def test_record__status_and_failure__say_whether_it_failed(status, failure, has_failed):
    assert record(1.0, status=status, failure=failure).has_failed is has_failed


def test_ledger__nothing_yet__has_no_rate():
    recent = Ledger().recent()

    assert (recent.sent, recent.rate, recent.split, recent.failed) == (0, 0.0, {}, {})


def test_ledger__more_than_it_keeps__counts_all_and_has_the_last():
    ledger = Ledger(kept=3)

    for index in range(5):
        ledger.add(record(float(index)))

    assert ledger.recent().sent == 5
    assert [each.sent_at for each in ledger.records()] == [2.0, 3.0, 4.0]


def test_recent__old_and_new_records__speaks_of_the_new_ones_and_counts_all():
    ledger = Ledger(recent_s=2.0)

    for index in range(100):
        ledger.add(record(index / 10, "1.0.0" if index < 50 else "1.1.0"))
    ledger.add(record(10.0, "1.2.0", caller=Caller.TESTER, status=500))
    ledger.add(record(10.0, "", status=0, failure="lost"))
    recent = ledger.recent()

    assert recent.sent == len(ledger.records()) == 102
    assert recent.split == {"1.1.0": 1.0}
    assert recent.failed == {"1.2.0": 1, "": 1}
    assert recent.rate == pytest.approx(10.5, rel=0.1)
