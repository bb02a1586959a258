from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from gateways.management.processes import ProcessMark, children_of

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"


@pytest.fixture
def process():
    started = []

    def start(code="import time; print(1, flush=True); time.sleep(60)"):
        made = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        started.append(made)
        made.stdout.readline()
        return made

    yield start
    for made in started:
        made.kill()
        made.stdout.close()
        made.wait()


def test_mark__of_a_process__is_known_again_while_it_runs(process):
    running = process()
    mark = ProcessMark.of(running.pid)

    assert mark.is_running
    assert mark.end(wait_s=10)
    assert not mark.is_running
    assert ProcessMark.of(running.pid) is None


def test_mark__id_given_out_again__is_another_process_and_is_not_ended(process):
    running = process()
    former = replace(ProcessMark.of(running.pid), began=1)

    assert not former.is_running
    assert former.end(wait_s=1)
    assert running.poll() is None


def test_mark__of_another_boot__is_none_of_ours(process):
    running = process()

    assert not replace(ProcessMark.of(running.pid), boot="another").is_running


def test_end__process_that_does_not_want_to__is_killed(process):
    running = process(STUBBORN)

    assert ProcessMark.of(running.pid).end(wait_s=0.3) is False
    assert ProcessMark.of(running.pid) is None


def test_children__of_this_process__are_those_that_it_started(process):
    running = process()

    assert ProcessMark.of(running.pid) in children_of(os.getpid())
