from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vamp.drivers.durable import DRAFT, locked, make_folder, replace


def test_replace__folder_missing__is_made_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"

    replace(path, b"content")

    assert path.read_bytes() == b"content"
    assert {entry.stat().st_mode & 0o777 for entry in (tmp_path / "a", tmp_path / "a" / "b")} == {
        0o700
    }
    assert path.stat().st_mode & 0o777 == 0o600


def test_replace__reader_has_the_old_file_open__reads_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace(path, b"old" * 1000)

    with path.open("rb") as reader:
        replace(path, b"new")
        assert reader.read() == b"old" * 1000

    assert path.read_bytes() == b"new"
    assert not path.with_name(DRAFT).exists()


def test_replace__every_step__syncs_the_file_before_the_name_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        steps.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")  # noqa: PTH112
        real_fsync(descriptor)

    def rename(path: Path, target: Path) -> Path:
        steps.append("rename")
        return real_replace(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", rename)

    replace(tmp_path / "file", b"x")

    assert steps == ["file", "rename", "folder"]


def test_make_folder__there_already__is_left(tmp_path: Path) -> None:
    make_folder(tmp_path / "a")
    (tmp_path / "a" / "kept").touch()

    make_folder(tmp_path / "a")

    assert (tmp_path / "a" / "kept").exists()


def test_locked__held_by_another_thread__times_out(tmp_path: Path) -> None:
    with (
        locked(tmp_path / "deep" / "lock", timeout_s=1),
        pytest.raises(TimeoutError, match="stayed locked"),
        locked(tmp_path / "deep" / "lock", timeout_s=0.02),
    ):
        pass

    with locked(tmp_path / "deep" / "lock", timeout_s=0):
        pass


def test_locked__several_threads__are_in_it_one_at_a_time(tmp_path: Path) -> None:
    inside, most = 0, 0

    def enter() -> None:
        nonlocal inside, most
        for _ in range(20):
            with locked(tmp_path / "lock", timeout_s=10):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1


_HOLDER = """
import sys, time
from pathlib import Path
from vamp.drivers.durable import locked
with locked(Path(sys.argv[1]), timeout_s=1):
    print("held", flush=True)
    time.sleep(60)
"""


def test_locked__holder_is_killed__is_free_again(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(lock)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(TimeoutError), locked(lock, timeout_s=0.02):
            pass
        holder.kill()

    with locked(lock, timeout_s=5):
        pass
