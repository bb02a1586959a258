from __future__ import annotations

import os

import pytest

from vamp.processes import readiness


@pytest.fixture(autouse=True)
def state(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    return tmp_path


def test_is_ready__announced__is_true_for_that_process_alone(state):
    readiness.announce("worker")

    assert readiness.is_ready("worker", os.getpid())
    assert not readiness.is_ready("worker", os.getpid() + 1)
    assert [path.name for path in (state / "run").iterdir()] == ["worker.ready"]


def test_is_ready__nobody_announced__is_false():
    assert not readiness.is_ready("worker", os.getpid())


def test_is_ready__file_of_a_former_process__is_false(state):
    (state / "run").mkdir()
    (state / "run" / "worker.ready").write_text("1")

    assert not readiness.is_ready("worker", os.getpid())
