from __future__ import annotations

import threading
from pathlib import Path

import pytest

from vamp.drivers.scheduler.local.wishes import (
    WISHES,
    Scale,
    Wishes,
    read_wishes,
    wish_restart,
    wish_scale,
)


def test_wishes__none_recorded__leave_the_definition_alone(tmp_path: Path) -> None:
    wishes = read_wishes(tmp_path)

    assert wishes == Wishes()
    assert wishes.instances("shop", "1", defined=2) == 2
    assert wishes.restarted("shop", "1") == 0


def test_wish_scale__recorded__counts_until_the_definition_is_edited(tmp_path: Path) -> None:
    wish_scale(tmp_path, "shop", "1", Scale(instances=5, defined=2))

    wishes = read_wishes(tmp_path)

    assert wishes.instances("shop", "1", defined=2) == 5
    assert wishes.instances("shop", "1", defined=3) == 3
    assert wishes.instances("shop", "2", defined=2) == 2


def test_wishes__recorded_at_once_by_many__are_all_kept(tmp_path: Path) -> None:
    def wish(number: int) -> None:
        wish_restart(tmp_path, "shop", "1")
        wish_scale(tmp_path, "shop", str(number), Scale(number, 1))

    threads = [threading.Thread(target=wish, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    wishes = read_wishes(tmp_path)
    assert wishes.restarted("shop", "1") == 12
    assert [wishes.instances("shop", str(number), defined=1) for number in range(12)] == list(
        range(12)
    )


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"scales": {"a": 1}, "restarts": {}}'])
def test_read_wishes__file_damaged__is_as_if_none_were_recorded(tmp_path: Path, text: str) -> None:
    (tmp_path / WISHES).write_text(text)

    assert read_wishes(tmp_path) == Wishes()
