"""The supervisor as a process of its own, with real services."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vamp.drivers.scheduler.local.processes import ProcessId, is_running
from vamp.drivers.scheduler.local.status import InstanceStatus, Status, read_status, write_status

if TYPE_CHECKING:
    from tests.vamp.drivers.scheduler.local.conftest import Supervised


def alive(pid: int, started: int) -> bool:
    return is_running(ProcessId(pid, started))


def test_supervisor__asked_to_stop__stops_all_and_tells_so(supervised: Supervised) -> None:
    supervised.define(instances=2)
    supervised.start_process()
    supervised.eventually(lambda: len(supervised.ready()) == 2)
    ran = supervised.instances()

    code = supervised.end(signal.SIGTERM)

    assert code == 0
    assert supervised.instances() == ()
    assert not any(alive(one.pid, one.pid_started) for one in ran)
    assert list(supervised.scheduler.logs(ran[0].uid, lines=1)) == ["bye"]


def test_supervisor__killed__services_run_on_and_the_next_one_takes_them_over(
    supervised: Supervised,
) -> None:
    supervised.define(instances=2)
    supervised.start_process()
    supervised.eventually(lambda: len(supervised.ready()) == 2)
    before = supervised.instances()

    supervised.end(signal.SIGKILL)
    assert all(alive(one.pid, one.pid_started) for one in before)
    os.kill(before[0].pid, signal.SIGKILL)
    supervised.start_process()
    supervised.eventually(lambda: len(supervised.ready()) == 2)

    after = supervised.instances()
    assert [one.uid for one in after] == [one.uid for one in before]
    assert after[1].pid == before[1].pid
    assert after[1].restarts == 0
    assert after[0].pid != before[0].pid
    assert after[0].restarts == 1


def test_supervisor__taken_over_instance_ends__is_noticed_at_once(supervised: Supervised) -> None:
    supervised.define()
    supervised.start_process()
    supervised.eventually(supervised.ready)
    (before,) = supervised.instances()
    supervised.end(signal.SIGKILL)
    supervised.start_process()
    supervised.eventually(supervised.ready)

    os.kill(before.pid, signal.SIGKILL)

    supervised.eventually(lambda: supervised.ready() and supervised.ready()[0].pid != before.pid)
    assert supervised.instances()[0].uid == before.uid


def test_supervisor__recorded_pid_is_a_strangers_by_now__leaves_it_alone(
    supervised: Supervised,
) -> None:
    supervised.define()
    supervised.start_process()
    supervised.eventually(supervised.ready)
    supervised.end(signal.SIGTERM)
    supervised.define(command=[])
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        write_status(supervised.folder, _with_pid(supervised, stranger.pid))

        supervised.start_process()
        supervised.eventually(lambda: not supervised.instances())

        assert stranger.poll() is None
        stranger.kill()


def _with_pid(supervised: Supervised, pid: int) -> Status:
    status = read_status(supervised.folder)
    assert status is not None
    forged = InstanceStatus(
        "shop-1-x", "shop", "1", "127.0.0.1", 25_000, True, "2026-01-01T00:00:00+00:00", 0, "",
        {}, "running", "f", pid, 1,
    )  # fmt: skip
    return replace(status, instances=(forged,))


def test_supervisor__status_of_an_earlier_boot__takes_nothing_over(supervised: Supervised) -> None:
    supervised.define(command=[])
    supervised.start_process()
    supervised.end(signal.SIGTERM)
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        forged = _with_pid(supervised, stranger.pid)
        write_status(supervised.folder, replace(forged, machine_boot="another"))

        supervised.start_process()

        assert supervised.instances() == ()
        assert stranger.poll() is None
        stranger.kill()


def test_supervisor__second_one__gives_way(supervised: Supervised) -> None:
    supervised.define(command=[])
    supervised.start_process()
    script = (
        "import sys; from pathlib import Path; import threading;"
        "from vamp.drivers.scheduler.local import supervisor;"
        "supervisor._LOCK_TIMEOUT_S = 0.05; sys.exit(supervisor.main())"
    )

    second = subprocess.run(
        [sys.executable, "-c", script, str(supervised.folder)], capture_output=True, text=True
    )

    assert second.returncode == 1
    assert "another supervisor keeps" in second.stderr
    assert supervised.process is not None
    assert supervised.is_supervised_by(supervised.process.pid)


def test_definition__broken_edit__keeps_what_runs_and_tells_every_fault(
    supervised: Supervised,
) -> None:
    supervised.define()
    supervised.start_process()
    supervised.eventually(supervised.ready)
    (before,) = supervised.instances()

    supervised.write("services: {shop: {version: {}}, b: {versions: 1}}")
    supervised.eventually(supervised.scheduler.definition_faults)
    faults = supervised.scheduler.definition_faults()
    supervised.end(signal.SIGKILL)
    supervised.start_process()

    assert len(faults) == 2
    assert "did you mean `versions`" in faults[0]
    assert supervised.ready()[0].pid == before.pid
    supervised.define()
    supervised.eventually(lambda: not supervised.scheduler.definition_faults())
    assert supervised.ready()[0].pid == before.pid


def test_definition__command_edited__rolls_over_without_a_gap(supervised: Supervised) -> None:
    supervised.define(instances=2, environment={"COLOUR": "blue"})
    supervised.start()
    supervised.eventually(lambda: len(supervised.ready()) == 2)
    old = {one.uid for one in supervised.instances()}
    cursor = supervised.scheduler.snapshot().cursor

    supervised.define(instances=2, environment={"COLOUR": "green"})

    for found in supervised.scheduler.watch(cursor, timeout_s=20):
        ready = {one.uid for one in found.instances if one.is_ready}
        assert len(ready) >= 2
        if not old & {one.uid for one in found.instances}:
            break
    logs = [list(supervised.scheduler.logs(one.uid, lines=9)) for one in supervised.ready()]
    assert logs == [["hello from 1 green"]] * 2


def test_definition__replacement_never_gets_ready__the_old_one_serves_on(
    supervised: Supervised,
) -> None:
    supervised.define()
    supervised.start()
    supervised.eventually(supervised.ready)
    (before,) = supervised.ready()

    supervised.define(command=["false"])
    supervised.eventually(lambda: any("crash loop" in one.reason for one in supervised.instances()))

    assert supervised.ready() == [before]
    assert len(supervised.instances()) == 2
    supervised.define()
    supervised.eventually(lambda: len(supervised.instances()) == 1)
    assert supervised.ready()[0].uid == before.uid


def test_definition__number_edited_after_a_wish__the_edit_counts(supervised: Supervised) -> None:
    supervised.define(instances=1)
    supervised.start()
    supervised.eventually(lambda: len(supervised.ready()) == 1)
    supervised.scheduler.scale("shop", "1", 3)
    supervised.eventually(lambda: len(supervised.ready()) == 3)

    supervised.define(instances=2)

    supervised.eventually(lambda: len(supervised.instances()) == 2)
    assert supervised.scheduler.snapshot().versions[0].desired == 2


def test_instance__program_missing__says_so_until_it_is_there(supervised: Supervised) -> None:
    supervised.define(command=["./serve"])
    supervised.start()
    supervised.eventually(
        lambda: supervised.instances() and supervised.instances()[0].reason != "starting"
    )

    (down,) = supervised.instances()

    assert down.reason == "there is no program ./serve"
    assert not down.is_ready


def test_instance__deaf_to_sigterm__is_killed_with_its_children_after_its_grace(
    supervised: Supervised,
) -> None:
    script = (
        f"trap '' TERM; sleep 60 & echo $! > {supervised.folder}/child; while :; do sleep 1; done"
    )
    supervised.define(
        command=["sh", "-c", script],
        readiness={"tcp": True},
        stop={"drain": "0s", "grace": "200ms"},
    )
    supervised.start()
    child = supervised.folder / "child"
    supervised.eventually(lambda: child.exists() and child.read_text().strip())
    (one,) = supervised.instances()

    begun = time.monotonic()
    supervised.scheduler.scale("shop", "1", 0)
    supervised.eventually(lambda: not supervised.instances())

    assert time.monotonic() - begun >= 0.2
    assert not alive(one.pid, one.pid_started)
    assert not Path(f"/proc/{child.read_text().strip()}").exists() or _is_dead(child.read_text())


def _is_dead(pid: str) -> bool:
    state = Path(f"/proc/{pid.strip()}/stat").read_text().rpartition(")")[2].split()[0]
    return state in "ZX"


def test_instance__stopping__still_serves_through_its_drain_time(supervised: Supervised) -> None:
    supervised.define(stop={"drain": "400ms", "grace": "5s"})
    supervised.start()
    supervised.eventually(supervised.ready)
    (one,) = supervised.ready()

    supervised.scheduler.scale("shop", "1", 0)
    supervised.eventually(lambda: not supervised.ready())

    assert supervised.instances()[0].reason == "stopping"
    with socket.create_connection((one.host, one.port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert b"200 OK" in connection.recv(4096)
    supervised.eventually(lambda: not supervised.instances())


def test_instance__port_taken_while_it_was_down__comes_back_on_another(
    supervised: Supervised,
) -> None:
    supervised.define()
    supervised.start()
    supervised.eventually(supervised.ready)
    (before,) = supervised.ready()

    os.kill(before.pid, signal.SIGKILL)
    supervised.eventually(lambda: not supervised.ready())
    with socket.create_server((before.host, before.port)):
        supervised.eventually(supervised.ready)

    assert supervised.ready()[0].uid == before.uid
    assert supervised.ready()[0].port != before.port


def test_supervisor__imports__leave_django_out() -> None:
    script = (
        "import sys; import vamp.drivers.scheduler.local.supervisor;"
        "import vamp.drivers.scheduler.local.driver; import vamp.drivers.kv.file;"
        "sys.exit('django' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
