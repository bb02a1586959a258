from __future__ import annotations

import dataclasses

from vamp.drivers.scheduler.local import check as module
from vamp.drivers.scheduler.local.check import check_folder
from vamp.drivers.scheduler.local.driver import LocalScheduler
from vamp.drivers.scheduler.local.status import Status
from vamp.ports.checks import Tone


def status(**changes):
    fields = {field.name: () for field in dataclasses.fields(Status)}
    return Status(**{**fields, **changes})


def test_check__no_folder_yet__is_made_by_the_set_up(tmp_path):
    found = LocalScheduler(tmp_path / "none").check()

    assert found.ok
    assert not found.is_prepared


def test_check__no_supervisor__gives_the_command_that_starts_one(tmp_path):
    found = LocalScheduler(tmp_path).check()

    assert not found.ok
    assert "vamp.drivers.scheduler.local.supervisor" in found.findings[-1].message


def test_check__folder_of_somebody_else__says_whose_it_must_be(tmp_path, monkeypatch):
    monkeypatch.setattr(module.os, "access", lambda path, mode: False)

    found = LocalScheduler(tmp_path).check()

    assert "the user that Vamp runs as" in found.findings[-1].hint


def test_check__broken_definition__says_what_is_wrong(tmp_path):
    (tmp_path / "services.yaml").write_text("{")

    found = check_folder(tmp_path, lambda: status(faults=("services.yaml line 1: no",)))

    assert found.findings[-1].tone is Tone.BAD
    assert "line 1" in found.findings[-1].message


def test_check__nothing_defined_yet__is_well(tmp_path):
    found = check_folder(tmp_path, status)

    assert found.is_prepared
    assert "nothing runs" in found.findings[-1].message
