from __future__ import annotations

import subprocess
import sys

import pytest

from gateways.management import all_in_one
from gateways.management.all_in_one import NotLifted, finish_set_up, remove, start, stays, stop
from gateways.management.lifted import Lifted
from gateways.management.processes import ProcessMark


def test_start__that_ends_at_once__says_why_and_leaves_nothing_running(tmp_path, monkeypatch):
    made = Lifted.anew(tmp_path, "acme/production", "127.0.0.1", 8000)
    (tmp_path / "manage.py").write_text("raise SystemExit('no HAProxy here')")
    monkeypatch.setattr(all_in_one.settings, "BASE_DIR", tmp_path, raising=False)

    with pytest.raises(NotLifted, match="no HAProxy here"):
        start(made, tmp_path, [], lambda line: None)

    assert Lifted.read(tmp_path).process is None


def test_start__until_every_part_is_ready__tells_of_each(tmp_path, monkeypatch):
    made = Lifted.anew(tmp_path, "acme/production", "127.0.0.1", 8000)
    (tmp_path / "manage.py").write_text(
        "import time\nprint('login secret')\nprint('  web   ready  1.0 s')\n"
        "print('Vamp is up after 2 s.')\nprint('no sample: waited in vain')\nprint('UI and API: http://x')\ntime.sleep(60)"
    )
    monkeypatch.setattr(all_in_one.settings, "BASE_DIR", tmp_path, raising=False)
    told = []

    started = start(made, tmp_path, [], told.append)
    is_up = started.is_running
    stop(started)

    assert is_up
    assert told == ["  web   ready  1.0 s", "no sample: waited in vain"]
    assert not started.is_running
    assert all_in_one._APART == []  # its end is taken note of


def test_stop__process_of_somebody_else_under_the_id__is_left_alone():
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    mark = ProcessMark.of(other.pid)
    record = Lifted("acme/production", "h", 1, ProcessMark(mark.pid, mark.began + 1, mark.boot))

    stop(record)

    assert other.poll() is None
    other.kill()
    other.wait()


def test_remove__what_it_made__goes_and_the_rest_stays(tmp_path):
    folder = tmp_path / "state"
    made = Lifted.anew(folder, "acme/production", "h", 1)
    made.write(folder)
    (folder / "kv").mkdir()
    (folder / "kv" / "x").touch()
    (folder / "token").touch()
    (folder / "mine").touch()

    remove(made, folder)
    assert [path.name for path in folder.iterdir()] == ["mine"]

    (folder / "mine").unlink()
    remove(made, folder)
    assert not folder.exists()


def test_stays__on_real_servers__names_each_without_its_secret(settings):
    settings.KV_URL = "vault://vault:8200/kv"
    settings.EVENTS_URL = "nats://u:hunter2@nats:4222"
    settings.METRICS_URL = "db:"

    told = list(stays())

    assert any("vault:8200" in line for line in told)
    assert "hunter2" not in str(told)


def test_finish_set_up__of_a_new_environment__leaves_what_only_a_person_can(environment):
    assert {step.name for step in finish_set_up("acme/production")} == {"scheduler", "token"}
    assert finish_set_up("acme/none") == []
