from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import pytest

from vamp.drivers import watching
from vamp.drivers.watching import FolderWatch


def every(_name: str) -> bool:
    return True


@pytest.fixture(params=["kernel", "polling"])
def polling(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "polling")


def test_wait__nothing_changes__gives_false_in_time(tmp_path: Path, polling: bool) -> None:
    with FolderWatch(tmp_path, every, polling=polling) as watch:
        begun = time.monotonic()

        assert not watch.wait(0.05)
        assert time.monotonic() - begun >= 0.04
        assert not watch.wait(0)


def test_wait__changed_before_the_call__gives_true_once(tmp_path: Path, polling: bool) -> None:
    with FolderWatch(tmp_path / "not" / "there", every, polling=polling) as watch:
        (tmp_path / "not" / "there" / "file").touch()

        assert watch.wait(5)
        assert not watch.wait(0.05)


def test_wait__unwanted_file_changes__sleeps_on(tmp_path: Path, polling: bool) -> None:
    with FolderWatch(tmp_path, "wanted".__eq__, polling=polling) as watch:
        (tmp_path / "other").touch()
        assert not watch.wait(0.1)

        (tmp_path / "wanted").touch()
        assert watch.wait(5)


@pytest.mark.parametrize("change", ["append", "replace", "remove"])
def test_wait__file_changes_in_any_way__gives_true(
    tmp_path: Path, polling: bool, change: str
) -> None:
    file, draft = tmp_path / "file", tmp_path / "draft"
    file.write_text("old")
    draft.write_text("new")
    with FolderWatch(tmp_path, "file".__eq__, polling=polling) as watch:
        if change == "append":
            with file.open("a") as opened:
                opened.write("x")
        elif change == "replace":
            draft.replace(file)
        else:
            file.unlink()

        assert watch.wait(5)


def test_wait__changed_meanwhile__returns_within_milliseconds(tmp_path: Path) -> None:
    took_s = []
    with FolderWatch(tmp_path, every) as watch:
        for number in range(5):
            changed_at: list[float] = []

            def change(number: int = number, changed_at: list[float] = changed_at) -> None:
                changed_at.append(time.monotonic())
                (tmp_path / str(number)).touch()

            timer = threading.Timer(0.02, change)
            timer.start()
            assert watch.wait(5)
            took_s.append(time.monotonic() - changed_at[0])
            timer.join()

    # Woken by the change itself, and not by the end of the wait.
    assert max(took_s) < 5


def test_wait__folder_removed_and_made_anew__sees_the_new_one(
    tmp_path: Path, polling: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_SLICE_S", 0.05)
    folder = tmp_path / "folder"
    with FolderWatch(folder, "file".__eq__, polling=polling) as watch:
        shutil.rmtree(folder)
        while not polling and watch.wait(0.2):
            pass
        folder.mkdir(exist_ok=True)
        while watch.wait(0.2):
            pass

        (folder / "file").touch()
        assert watch.wait(5)


def test_wait__folder_cannot_be_made__polls_until_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").touch()
    with FolderWatch(tmp_path / "in-the-way" / "folder", every) as watch:
        assert not watch.wait(0.02)

        (tmp_path / "in-the-way").unlink()
        (tmp_path / "in-the-way" / "folder").mkdir(parents=True)
        (tmp_path / "in-the-way" / "folder" / "file").touch()
        assert watch.wait(5)


def test_open__kernel_gives_no_more_watches__polls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: object) -> None:
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr(watching, "RustNotify", none_left)
    with FolderWatch(tmp_path, every) as watch:
        (tmp_path / "file").touch()

        assert watch.wait(5)


def test_close__from_another_thread__ends_the_wait(tmp_path: Path, polling: bool) -> None:
    watch = FolderWatch(tmp_path, every, polling=polling)
    timer = threading.Timer(0.05, watch.close)
    timer.start()
    begun = time.monotonic()

    assert not watch.wait(30)
    timer.join()

    assert time.monotonic() - begun < 5
    assert watch.is_closed
    watch.close()
    assert not watch.wait(1)
