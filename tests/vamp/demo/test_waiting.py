from __future__ import annotations

import pytest

from vamp.demo.waiting import Look, WaitedInVain, Waiting


def waiting():
    now, shown = [0.0], []

    def sleep(seconds):
        now[0] += seconds

    found = Waiting(
        pause_s=0.5, each_look=lambda: shown.append(now[0]), clock_s=lambda: now[0], sleep=sleep
    )
    return found, now, shown


def test_until__found_at_the_third_look__returns_it_and_shows_each_time():
    patient, now, shown = waiting()
    looks = iter([Look(None, "a"), Look(None, "b"), Look("there", "c")])

    assert patient.until("it", lambda: next(looks), limit_s=10) == "there"
    assert (now[0], shown) == (1.0, [0.0, 0.5, 1.0])


def test_until__never_found__says_what_and_what_was_seen_last():
    patient, now, _ = waiting()

    with pytest.raises(WaitedInVain, match=r"^waited 3 s for it; seen: at 3\.0$"):
        patient.until("it", lambda: Look(None, f"at {now[0]}"), limit_s=3)


def test_until__no_time_at_all__looks_once():
    patient, _, _ = waiting()

    assert patient.until("it", lambda: Look(0, ""), limit_s=0) == 0
