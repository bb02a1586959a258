"""Starting, taking over, reloading and stopping a real HAProxy."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gateways.agent.places import prepare
from gateways.agent.processes import ProcessId
from gateways.agent.supervise import HAProxy, ReloadFailed, StartFailed, alerts, facts
from tests.gateways.haproxy.live import free_port

pytestmark = pytest.mark.haproxy

CONFIG = """\
global
    stats socket {socket} mode 600 level admin expose-fd listeners
defaults
    mode http
    timeout client 5s
frontend front
    bind 127.0.0.1:{port}
    http-request return status 200
"""


class Setting:
    def __init__(self, folder: Path) -> None:
        self.places = prepare(folder / "state")
        self.text = CONFIG.format(socket=self.places.worker_socket, port=free_port())
        self.write(self.text)
        self.haproxy = self.another()

    def another(self) -> HAProxy:
        program = shutil.which("haproxy")
        assert program is not None
        return HAProxy(Path(program), self.places)

    def write(self, text: str) -> None:
        self.places.config.write_text(text)


@pytest.fixture
def setting(folder):
    found = Setting(folder)
    yield found
    found.haproxy.kill()


def test_haproxy__start_reload_and_stop__each_returns_when_it_is_so(setting):
    haproxy = setting.haproxy

    haproxy.start()
    first = haproxy.worker_pid()
    told = []
    found = haproxy.reload(before=lambda before: told.append(before.worker))
    second = haproxy.worker_pid()
    pids = haproxy.pids()
    haproxy.stop(timeout_s=10)

    assert told == [first]
    assert (found.worker, second != first) == (second, True)
    assert {found.master, second} <= set(pids)
    assert not haproxy.is_alive()
    assert not [pid for pid in pids if ProcessId.of(pid)]


def test_start__configuration_is_bad__fails_with_haproxys_words(setting):
    setting.write(setting.text + "    nonsense\n")

    with pytest.raises(StartFailed, match="nonsense"):
        setting.haproxy.start()

    assert not setting.haproxy.is_alive()


def test_reload__configuration_is_bad__keeps_the_worker(setting):
    setting.haproxy.start()
    worker = setting.haproxy.worker_pid()
    setting.write(setting.text + "    nonsense\n")

    with pytest.raises(ReloadFailed, match="nonsense"):
        setting.haproxy.reload()

    assert setting.haproxy.worker_pid() == worker
    setting.write(setting.text)
    assert setting.haproxy.reload().worker != worker


def test_adopt__left_by_another__takes_it_over(setting):
    setting.haproxy.start()
    worker = setting.haproxy.worker_pid()
    other = setting.another()

    assert other.adopt()
    assert other.worker_pid() == worker
    assert other.noted() == setting.haproxy.noted()


def test_adopt__nothing_runs__says_so(setting):
    assert not setting.haproxy.adopt()
    me = ProcessId.of(os.getpid())
    assert me is not None
    setting.places.process.write_text(f"{me.pid} {me.started}\n")
    assert not setting.haproxy.adopt()


def test_check__good_and_bad__tells_what_is_wrong(setting):
    good = setting.haproxy.check(setting.places.config)
    setting.write("global\n    nonsense\n")

    assert good == ""
    assert "unknown keyword 'nonsense'" in setting.haproxy.check(setting.places.config)


def test_version__of_the_program__is_a_number(setting):
    assert setting.haproxy.version()[0].isdigit()


def test_alerts__of_many_lines__are_those_that_matter():
    output = (
        "[NOTICE]   (7) : haproxy version\n[ALERT]    (7) : config : one\n[ALERT]    (7) : two\n"
    )

    assert alerts(output) == "config : one; two"
    assert alerts("something else\n\n") == "something else"
    assert alerts("") == ""


def test_facts__show_info__are_by_name():
    assert facts("Name: HAProxy\nPid: 6334\nnode\n") == {"Name": "HAProxy", "Pid": "6334"}
