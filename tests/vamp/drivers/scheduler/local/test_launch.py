from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vamp.drivers.scheduler.local.definition import Workload
from vamp.drivers.scheduler.local.instance import Instance
from vamp.drivers.scheduler.local.launch import LaunchFailed, launch
from vamp.drivers.scheduler.local.logs import LOGS, log_path


def instance(*command: str, **changes: object) -> Instance:
    workload = Workload("shop", "1.0.0", command=command, **changes)  # type: ignore[arg-type]
    return Instance("shop-1.0.0-a", workload, "f", 20_001, datetime(2026, 1, 1, tzinfo=UTC))


def printed(folder: Path, wanted: Instance) -> str:
    (folder / LOGS).mkdir(exist_ok=True)
    process = launch(wanted, folder)
    process.go()
    assert process.reap() == 0
    return log_path(folder, wanted.uid).read_text()


def test_launch__placeholders__are_filled_in_and_other_dollars_kept(tmp_path: Path) -> None:
    wanted = instance(
        "echo", "$HOST:${PORT}", "$SERVICE/$VERSION/$INSTANCE", "$OTHER", "$$PORT", "5$"
    )

    found = printed(tmp_path, wanted)

    assert found == "127.0.0.1:20001 shop/1.0.0/shop-1.0.0-a $OTHER $PORT 5$\n"


def test_launch__variables__are_ours_and_theirs_but_never_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAMP_KV_KEY", "hunter2")
    monkeypatch.setenv("INHERITED", "yes")
    wanted = instance("env", environment={"ADDRESS": "$HOST:$PORT", "PORT": "8"})

    found = printed(tmp_path, wanted).splitlines()

    expected = {"INHERITED=yes", "ADDRESS=127.0.0.1:20001", "PORT=8", "VAMP_SERVICE=shop"}
    assert expected <= set(found)
    assert not any("hunter2" in line for line in found)


def test_launch__program_beside_the_definition__is_found(tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    script = tmp_path / "releases" / "serve"
    script.write_text("#!/bin/sh\npwd\n")
    script.chmod(0o755)

    assert printed(tmp_path, instance("./serve", directory="releases")).strip().endswith("releases")


@pytest.mark.parametrize(
    ("command", "directory", "reason"),
    [
        ("no-such-program", "", "there is no program no-such-program"),
        ("./no-such-program", "", "there is no program ./no-such-program"),
        (sys.executable, "nowhere", "there is no directory"),
    ],
)
def test_launch__not_to_be_had__says_why(
    tmp_path: Path, command: str, directory: str, reason: str
) -> None:
    with pytest.raises(LaunchFailed, match=reason):
        launch(instance(command, directory=directory), tmp_path)
