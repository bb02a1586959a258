from __future__ import annotations

import os

import pytest

from gateways.management.lifted import RECORD, Lifted, LiftedUnreadable
from gateways.management.processes import ProcessMark


def lifted(folder):
    return Lifted.anew(folder, "acme/production", "127.0.0.1", 8000)


def test_record__written__is_read_again_and_nobody_elses(tmp_path):
    made = lifted(tmp_path).running(ProcessMark.of(os.getpid()))
    made.write(tmp_path)

    assert Lifted.read(tmp_path) == made
    assert Lifted.read(tmp_path).is_running
    assert (tmp_path / RECORD).stat().st_mode & 0o077 == 0


def test_record__nothing_lifted__is_none_and_a_broken_one_is_told(tmp_path):
    assert Lifted.read(tmp_path) is None

    (tmp_path / RECORD).write_text("{")

    with pytest.raises(LiftedUnreadable, match=RECORD):
        Lifted.read(tmp_path)


def test_made__in_a_new_folder__is_all_that_an_installation_keeps(tmp_path):
    (tmp_path / "secret_key").touch()  # reading the settings makes it
    made = lifted(tmp_path)
    for name in ("vamp.sqlite3", "kv_key", "somebody-elses"):
        (tmp_path / name).touch()

    assert {path.name for path in made.made(tmp_path)} == {"vamp.sqlite3", "kv_key", "secret_key"}
    assert [path.name for path in made.others(tmp_path)] == ["somebody-elses"]


def test_made__in_a_folder_with_something_in_it__leaves_out_what_lay_there(tmp_path):
    (tmp_path / "kv").mkdir()
    (tmp_path / "stack").mkdir()
    made = lifted(tmp_path)
    (tmp_path / "token").touch()

    assert [path.name for path in made.made(tmp_path)] == ["token"]
    assert [path.name for path in made.others(tmp_path)] == ["kv", "stack"]


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "http://127.0.0.1:8000/"), ("0.0.0.0", "http://127.0.0.1:8000/")],
)
def test_address__of_what_it_listens_on__is_one_to_open(tmp_path, host, address):
    assert Lifted("acme/production", host, 8000).address == address
