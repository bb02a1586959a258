"""What ``show proc`` says."""

from __future__ import annotations

import pytest

from gateways.agent.master import Processes, processes
from gateways.agent.runtime import RuntimeUnavailable

TEXT = """\
#<PID>          <type>          <reloads>       <uptime>        <version>
6325            master          3 [failed: 1]   0d00h00m01s     2.6.12-1+deb12u4
# workers
6334            worker          1               0d00h00m00s     2.6.12-1+deb12u4
# old workers
6327            worker          2               0d00h00m01s     2.6.12-1+deb12u4
6320            worker          3               0d00h00m01s     2.6.12-1+deb12u4
# programs

"""


def test_processes__one_worker_and_old_ones__are_told_apart():
    found = processes(TEXT)

    assert found == Processes(6325, reloads=3, failed=1, current=(6334,), old=(6327, 6320))
    assert found.worker == 6334


def test_processes__no_worker_yet__is_zero():
    assert processes(TEXT.partition("6334")[0]).worker == 0


def test_processes__master_between_two_lives__is_unavailable():
    with pytest.raises(RuntimeUnavailable):
        processes("")
