import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from deploy.stack.errors import StackError
from deploy.stack.processes import Identity, Launch, ProcessFile, identity

FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]
DEAF = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)\n"
    "while True: signal.pause()",
]


@pytest.fixture
def process(tmp_path):
    process = ProcessFile(tmp_path / "run" / "server.json")
    yield process
    process.stop(sign=signal.SIGKILL)


@pytest.fixture
def stranger():
    with subprocess.Popen(FOREVER) as child:
        yield child
        child.kill()


def launch(tmp_path, command=FOREVER):
    return Launch(command, folder=tmp_path, log=tmp_path / "log")


def test_start__program_that_runs__is_known_by_id_and_start(process, tmp_path):
    started = process.start(launch(tmp_path))

    assert process.running() == started
    assert identity(started.pid) == started
    assert os.getsid(started.pid) == started.pid  # it outlives the session of its starter


def test_start__program_that_is_not_there__says_which(process, tmp_path):
    with pytest.raises(StackError, match="/no/such/program"):
        process.start(launch(tmp_path, ["/no/such/program"]))

    assert process.running() is None


def test_start__output_and_variables__go_where_they_should(process, tmp_path):
    command = [sys.executable, "-c", "import os; print(os.environ['COLOUR'])"]
    started = process.start(replace(launch(tmp_path, command), environment={"COLOUR": "blue"}))

    os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOWAIT)

    assert (tmp_path / "log").read_text() == "blue\n"


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_stop__process_of_ours__ends_it(process, tmp_path, sign):
    started = process.start(launch(tmp_path))

    assert process.stop(sign=sign)

    assert identity(started.pid) is None
    assert process.running() is None


def test_stop__nothing_running__does_nothing(process):
    assert not process.stop()


def test_stop__process_that_does_not_end__says_so_and_still_knows_it(process, tmp_path):
    started = process.start(launch(tmp_path, DEAF))
    while "deaf" not in (tmp_path / "log").read_text():
        os.sched_yield()

    with pytest.raises(StackError, match="did not end"):
        process.stop(timeout_s=0.05)

    assert process.running() == started


@pytest.mark.parametrize("difference", [{"started": 1}, {"boot": "another"}])
def test_stop__id_now_a_strangers__leaves_it_alone(process, tmp_path, stranger, difference):
    theirs = identity(stranger.pid)
    assert theirs is not None
    path = tmp_path / "run" / "server.json"
    path.parent.mkdir()
    path.write_text(json.dumps(asdict(replace(theirs, **difference))))

    assert process.running() is None
    assert not process.stop()

    assert stranger.poll() is None


def test_running__file_half_written__is_nobody(process, tmp_path):
    path = tmp_path / "run" / "server.json"
    path.parent.mkdir()
    path.write_text('{"pid": 1')

    assert process.running() is None


def test_identity__ended_but_not_reaped__is_nobody():
    child = subprocess.Popen(FOREVER)
    before = identity(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert isinstance(before, Identity)
    assert identity(child.pid) is None

    child.wait()
