from __future__ import annotations

import getpass
import os

from vamp.terminal import MOST_CHARACTERS, person


def test_person__with_a_name__is_told_by_it(monkeypatch):
    monkeypatch.setenv("LOGNAME", "ana")

    assert person() == "vamp:terminal/ana"


def test_person__with_a_long_name__still_fits_into_an_entry(monkeypatch):
    monkeypatch.setenv("LOGNAME", "a" * 300)

    assert len(person()) == MOST_CHARACTERS


def test_person__without_a_name__is_told_by_the_number(monkeypatch):
    def nobody():
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", nobody)

    assert person() == f"vamp:terminal/uid-{os.getuid()}"
