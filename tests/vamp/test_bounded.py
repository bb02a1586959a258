from __future__ import annotations

import threading
import time

from vamp.bounded import answers
from vamp.ports.checks import Check, Checked


def well() -> Checked:
    check = Check("it")
    check.good("answers")
    return check.done()


def test_answers__several__come_in_the_order_asked():
    found = answers({"b": well, "a": well})

    assert list(found) == ["b", "a"]
    assert all(each.ok for each in found.values())


def test_answers__one_that_hangs__is_told_of_in_time_and_the_others_are_there():
    end = threading.Event()

    def hangs() -> Checked:
        end.wait(10)
        return well()

    begun = time.monotonic()
    found = answers({"slow": hangs, "quick": well}, limit_s=0.2)
    end.set()

    assert time.monotonic() - begun < 2
    assert found["quick"].ok
    assert "no answer within 0.2 s" in found["slow"].findings[0].message


def test_answers__one_that_raises__is_named_without_its_text():
    def raises() -> Checked:
        raise RuntimeError("redis://:hunter2@host")

    found = answers({"it": raises})["it"]

    assert not found.ok
    assert found.findings[0].message == "failed: RuntimeError"


def test_answers__no_room_for_more__says_that_it_was_not_asked():
    end = threading.Event()
    room = threading.BoundedSemaphore(1)

    def hangs() -> Checked:
        end.wait(10)
        return well()

    found = answers({"first": hangs, "second": well}, limit_s=0.2, room=room)
    end.set()

    assert found["second"].findings[0].message == "was not asked"


def test_answers__many_at_once__take_as_long_as_one():
    def slow() -> Checked:
        time.sleep(0.2)
        return well()

    begun = time.monotonic()
    answers(dict.fromkeys(range(10), slow))

    assert time.monotonic() - begun < 1
