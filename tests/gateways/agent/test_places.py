"""Folders and whole files."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gateways.agent.places import SOCKET_PATH_BYTES, prepare, replace_text


def test_prepare__short_path__keeps_the_sockets_with_the_rest():
    folder = Path("/tmp/vga-test-places")  # noqa: S108  (a short path is the point)
    try:
        places = prepare(folder)

        assert places.sockets == folder / "sockets"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir()
        folder.rmdir()


def test_prepare__long_path__finds_the_same_short_folder_again(tmp_path):
    state = tmp_path / ("x" * SOCKET_PATH_BYTES)

    first, second = prepare(state), prepare(state)

    try:
        assert first == second
        assert len(str(first.sockets)) <= SOCKET_PATH_BYTES
        assert stat.S_IMODE(first.sockets.stat().st_mode) == 0o700
    finally:
        first.sockets.rmdir()


@pytest.mark.parametrize("durable", [True, False])
def test_replace_text__file_is_there__holds_the_new_text(tmp_path, durable):
    path = tmp_path / "file"

    replace_text(path, "one", durable=durable)
    replace_text(path, "two", durable=durable)

    assert path.read_text() == "two"
    assert list(tmp_path.iterdir()) == [path]
