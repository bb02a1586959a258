from __future__ import annotations

from dataclasses import replace

import pytest

from tests.vamp.demo.releases import bad_seen, evaluation, good_seen, release
from tests.vamp.demo.story import AGENTS, FINDINGS, RECORDS
from vamp.demo.judgement import faults, measure
from vamp.demo.ledger import Caller
from vamp.demo.release import Seen


def judged(findings):
    return faults(findings, measure(findings))


def test_faults__all_of_it_happened__are_none():
    assert judged(FINDINGS) == ()


def test_measure__all_of_it_happened__is_what_was_recorded():
    measured = measure(FINDINGS)

    assert (measured.sent, len(measured.failed)) == (len(RECORDS), 0)
    assert measured.rate == pytest.approx(120, abs=1)
    assert [round(each.share, 1) for each in measured.shares] == [0.0, 0.1, 0.5, 1.0, 0.0, 0.1]
    assert measured.rollback_s == pytest.approx(0.1, abs=0.1)
    assert measured.quiet_s > 4
    assert 0 < measured.failed_broken < measured.of_broken / 3
    assert set(measured.by_agent) == set(AGENTS)


def changed(index, **fields):
    records = list(RECORDS)
    records[index] = replace(records[index], **fields)
    return replace(FINDINGS, records=records)


def of_user(start, user):
    return next(
        index for index, each in enumerate(RECORDS) if each.user == user and each.sent_at > start
    )


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        (replace(FINDINGS, good=Seen(release("rolled_back", 1), ((0, 2.0),))), "not succeeded"),
        (
            replace(FINDINGS, good=replace(good_seen(), live=good_seen().live[1:])),
            "went 10 % → 50 %",
        ),
        (replace(FINDINGS, bad=Seen(release("succeeded", 3, target="1.2.0"))), "not rolled_back"),
        (
            replace(FINDINGS, records=[each for each in RECORDS if not each.has_failed]),
            "no request",
        ),
        (changed(-1, status=503, version=""), "1 requests failed outside the broken version"),
        (changed(-1, status=0, version="", failure="no answer in time"), "no answer in time"),
        (changed(-1, status=500), "status 500"),
        (changed(of_user(29, "u1"), version="1.0.0"), "1 users were taken off the target"),
        (changed(0, sent_at=2.1, ended_at=2.2, version="1.1.0", caller=Caller.ANONYMOUS), "chance"),
        (replace(FINDINGS, records=RECORDS[::2]), "the traffic fell to 60"),
        (replace(FINDINGS, records=RECORDS[: 62 * 120 - 60]), "1.4 s of traffic"),
        (replace(FINDINGS, agents=(*AGENTS, "c:1")), "agent c:1 got only 0"),
        (replace(FINDINGS, records=[each for each in RECORDS if not each.user]), "kind user"),
        (replace(FINDINGS, duration_s=181.0), "over 180 s"),
        (changed(-1, version="1.2.0", sent_at=74.0, ended_at=74.0), "took 14.0 s"),
    ],
)
def test_faults__one_thing_is_wrong__names_it(findings, words):
    assert any(words in each for each in judged(findings)), judged(findings)


def test_faults__no_verdict_failed__names_it():
    bad = bad_seen()
    calm = replace(bad, release=replace(bad.release, evaluations=(evaluation(58, step=1),)))

    assert "no condition of release 2 failed" in judged(replace(FINDINGS, bad=calm))


def test_faults__nothing_was_sent__are_found_without_an_error():
    assert len(judged(replace(FINDINGS, records=[]))) >= 5
