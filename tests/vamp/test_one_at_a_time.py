from __future__ import annotations

import threading

import pytest

from vamp.one_at_a_time import OneAtATime


def test_run__while_it_runs_already__returns_and_has_it_run_once_more():
    begun, may_end = threading.Event(), threading.Event()
    runs = []

    def work():
        runs.append(threading.get_ident())
        begun.set()
        assert may_end.wait(10)

    gate = OneAtATime(work)
    first = threading.Thread(target=gate.run)
    first.start()
    assert begun.wait(10)
    gate.run()
    gate.run()
    may_end.set()
    first.join(10)

    assert runs == [first.ident, first.ident]


def test_run__work_fails__says_so_and_runs_again_the_next_time():
    outcomes = iter([RuntimeError("no"), None])

    def work():
        if error := next(outcomes):
            raise error

    gate = OneAtATime(work)

    with pytest.raises(RuntimeError, match="no"):
        gate.run()
    gate.run()
    assert next(outcomes, "none left") == "none left"
