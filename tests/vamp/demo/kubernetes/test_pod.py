"""The life of a pod, told to a server that answers as scripted."""

from __future__ import annotations

import os
import signal

import pytest

from tests.vamp.demo.kubernetes.pods import eventually, pod
from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer
from vamp.demo.kubernetes.pod import PodRun
from vamp.demo.kubernetes.reporter import Reporter

PATH = "/api/v1/namespaces/team/pods/shop-1"
ADDRESS = "127.64.250.1"
SLEEPS = ("sh", "-c", "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done")


@pytest.fixture
def begin(server, tmp_path):
    server.on("PATCH", f"{PATH}/status", Answer({}))
    server.on("DELETE", PATH, Answer({}))
    runs = []

    def started(one, **more):
        reporter = Reporter(server.api(), "team", "shop-1", "u", lambda text: None)
        run = PodRun(one, ADDRESS, tmp_path / "log", reporter, **more)
        runs.append(run)
        run.begin()
        return run

    yield started
    for run in runs:
        run.vanish()
        run.join()


def told(server):
    """Return (ready, restarts, state) of each status that was told."""
    found = []
    for asked in server.to("PATCH", f"{PATH}/status"):
        status = asked.body["status"]
        (container,) = status["containerStatuses"]
        found.append(
            (container["ready"], container["restartCount"], next(iter(container["state"])))
        )
    return found


def printed(folder):
    log = folder / "log"
    return log.read_text() if log.exists() else ""


def deletions(server):
    return server.to("DELETE", PATH)


def test_run__a_process__is_told_running_then_ready(server, begin):
    begin(pod(*SLEEPS))

    eventually(lambda: len(told(server)) == 2)
    assert told(server) == [(False, 0, "running"), (True, 0, "running")]
    status = server.asked[0].body["status"]
    assert (status["podIP"], status["phase"]) == (ADDRESS, "Running")


def test_run__asked_to_stop__ends_politely_and_deletes_the_pod(server, begin, tmp_path):
    run = begin(pod(*SLEEPS))
    eventually(lambda: "up" in printed(tmp_path))

    run.stop(10)
    run.join()

    assert "bye" in printed(tmp_path)
    assert deletions(server)[0].body["gracePeriodSeconds"] == 0


def test_run__killed__is_told_unready_and_started_again(server, begin):
    run = begin(pod(*SLEEPS))
    eventually(lambda: (True, 0, "running") in told(server))

    os.kill(run._process.pid, signal.SIGKILL)

    eventually(lambda: (True, 1, "running") in told(server))
    assert (False, 0, "waiting") in told(server)


def test_run__after_the_nodes_own_restart__counts_on(server, begin):
    begin(pod(*SLEEPS), restarts=4)

    eventually(lambda: (True, 4, "running") in told(server))


def test_run__program_is_not_there__waits_and_says_so_in_its_log(server, begin, tmp_path):
    begin(pod("/nowhere/serve"))

    eventually(lambda: (False, 0, "waiting") in told(server))
    assert "/nowhere/serve" in printed(tmp_path)


def test_run__what_this_node_cannot_do__is_told_until_it_is_deleted(server, begin):
    run = begin(pod())

    eventually(lambda: told(server) == [(False, 0, "waiting")])
    run.stop(0)
    run.join()

    assert len(deletions(server)) == 1


def test_run__ends_well_and_is_not_to_be_restarted__succeeded(server, begin):
    run = begin(pod("true", spec={"restartPolicy": "Never"}))

    eventually(lambda: told(server) and told(server)[-1][2] == "terminated")
    run.stop(0)
    run.join()

    assert server.to("PATCH", f"{PATH}/status")[-1].body["status"]["phase"] == "Succeeded"


def test_run__pod_is_gone__is_killed_and_nothing_deleted(server, begin, tmp_path):
    run = begin(pod(*SLEEPS))
    eventually(lambda: "up" in printed(tmp_path))

    run.vanish()
    run.join()

    assert "bye" not in printed(tmp_path)
    assert deletions(server) == []


def test_run__node_ends__stops_it_and_leaves_the_pod(server, begin, tmp_path):
    run = begin(pod(*SLEEPS))
    eventually(lambda: "up" in printed(tmp_path))

    run.abandon(10)
    run.join()

    assert "bye" in printed(tmp_path)
    assert deletions(server) == []


def test_run__another_writes_it_unready__is_set_right(server, begin):
    run = begin(pod(*SLEEPS))
    theirs = pod(*SLEEPS)
    theirs["status"] = {"conditions": [{"type": "Ready", "status": "False"}]}
    eventually(lambda: told(server) and told(server)[-1][0] and run.reporter.differs(theirs))
    before = len(told(server))

    run.seen(theirs)

    eventually(lambda: len(told(server)) == before + 1)
    assert told(server)[-1] == (True, 0, "running")


def test_run__api_server_away__runs_on_and_tells_later(server, begin, tmp_path):
    server.on("PATCH", f"{PATH}/status", *[Answer({"message": "later"}, 503)] * 3, Answer({}))

    begin(pod(*SLEEPS))

    eventually(lambda: len(told(server)) >= 4)
    assert told(server)[-1] == (True, 0, "running")
