from __future__ import annotations

import os
import sys
import time

import pytest

from gateways.management.nodes import node_of
from gateways.management.sites import EMBEDDED, Site

PRINTS_AND_WAITS = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"


def pid_in(log):
    deadline = time.monotonic() + 30
    while not (log.exists() and log.read_text().endswith("\n")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return int(log.read_text())


def test_node_of__site_that_needs_none__starts_nothing(tmp_path):
    with node_of(EMBEDDED, tmp_path / "folder"):
        pass

    assert not (tmp_path / "folder").exists()


def test_node_of__site_with_one__runs_to_the_end_of_the_block(tmp_path):
    site = Site(schedulers_node=(sys.executable, "-c", PRINTS_AND_WAITS))

    with node_of(site, tmp_path):
        pid = pid_in(tmp_path / "node.log")
        os.kill(pid, 0)

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
