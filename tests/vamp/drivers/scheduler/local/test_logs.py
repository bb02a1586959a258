from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vamp.drivers.scheduler.local import logs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / logs.LOGS).mkdir()
    return tmp_path


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="ascii", categories=["L", "N", "Zs"])), max_size=20),
    st.integers(0, 25),
    st.booleans(),
)
def test_last_lines__any_file__is_its_end(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], wanted: int, is_ended: bool
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    (folder / logs.LOGS).mkdir()
    text = "\n".join(lines) + ("\n" if is_ended else "")
    logs.log_path(folder, "a").write_text(text)

    found = logs.last_lines(folder, "a", lines=wanted)

    expected = text.splitlines()
    assert list(found) == (expected[-wanted:] if wanted else [])


def test_last_lines__file_of_many_blocks__reads_only_its_end(folder: Path) -> None:
    lines = [f"line {number} {'x' * 90}" for number in range(5000)]
    logs.log_path(folder, "a").write_text("\n".join(lines) + "\n")

    assert list(logs.last_lines(folder, "a", lines=1500)) == lines[-1500:]


def test_last_lines__bytes_that_are_no_text__are_replaced(folder: Path) -> None:
    logs.log_path(folder, "a").write_bytes(b"ok\n\xff\xfe\n")

    assert list(logs.last_lines(folder, "a", lines=5)) == ["ok", "\ufffd\ufffd"]


def test_last_lines__turned_over_meanwhile__goes_on_in_the_older_file(folder: Path) -> None:
    path = logs.log_path(folder, "a")
    for part in ("one\ntwo\n", "three\nfour\n"):
        path.write_text(part)
        logs.turn_over(path, limit_bytes=0)
    path.write_text("five\n")

    assert list(logs.last_lines(folder, "a", lines=4)) == ["two", "three", "four", "five"]
    assert next(iter(logs.last_lines(folder, "a", lines=99))) == "one"


def test_turn_over__under_the_limit_or_missing__does_nothing(folder: Path) -> None:
    path = logs.log_path(folder, "a")

    assert not logs.turn_over(path)
    path.write_text("short\n")
    assert not logs.turn_over(path)
    assert path.read_text() == "short\n"


def test_turn_over__writer_keeps_its_file_open__goes_on_at_the_start(folder: Path) -> None:
    path = logs.log_path(folder, "a")
    with path.open("ab") as writer:
        writer.write(b"before\n")
        writer.flush()
        assert logs.turn_over(path, limit_bytes=3)
        writer.write(b"after\n")

    assert path.read_bytes() == b"after\n"
    assert path.with_name("a.log.1").read_bytes() == b"before\n"


def test_turn_over__again_and_again__keeps_a_fixed_number(folder: Path) -> None:
    path = logs.log_path(folder, "a")
    for number in range(8):
        path.write_text(f"{number}\n")
        logs.turn_over(path, limit_bytes=0)

    kept = sorted(file.name for file in path.parent.iterdir())
    assert kept == ["a.log", "a.log.1", "a.log.2", "a.log.3"]
    assert path.with_name("a.log.3").read_text() == "5\n"


def test_prune__many_ended__keeps_the_newest_and_all_that_run(folder: Path) -> None:
    for number in range(logs.KEPT_AFTER_END + 5):
        path = logs.log_path(folder, f"i{number}")
        path.write_text("x")
        path.with_name(path.name + ".1").write_text("x")
        os.utime(path, (number, number))

    logs.prune(folder, running={"i0"})

    left = {path.name for path in (folder / logs.LOGS).iterdir()}
    assert "i0.log" in left
    assert {f"i{number}.log" for number in range(1, 5)} & left == set()
    assert "i4.log.1" not in left
    assert f"i{logs.KEPT_AFTER_END + 4}.log" in left
