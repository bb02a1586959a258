"""The tour of `make tour`, as a newcomer runs it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EMBEDDED = ("state/vamp.sqlite3", "globex.sqlite3", "globex-kv")
SERVERS = ("MariaDB, ", "Vault, ", "Elasticsearch, ")
ON_THIS_MACHINE = {name: value for name, value in os.environ.items() if "VAMP_STACK_" not in name}


def toured(
    folder: Path, environ: Mapping[str, str], **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the script; whatever it leaves lies in `folder`."""
    return subprocess.run(
        [ROOT / "deploy" / "tour.sh"],
        env={**environ, "TMPDIR": str(folder), **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def passes(folder: Path, environ: Mapping[str, str], stores: Sequence[str]) -> None:
    ran = toured(
        folder, environ, VAMP_TOKEN="of-somebody-else", VAMP_SERVER="https://elsewhere.test"
    )

    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr
    assert ran.stdout.splitlines()[-1] == "PASS"
    assert "globex" in ran.stdout
    assert "-own: whole" in ran.stdout
    assert [name for name in stores if name not in ran.stdout] == []
    assert list(folder.iterdir()) == []  # its processes would write into it


def test_tour__on_this_machine__passes_and_leaves_nothing(tmp_path):
    passes(tmp_path, ON_THIS_MACHINE, EMBEDDED)


@pytest.mark.stack
def test_tour__on_real_servers__passes_and_leaves_nothing(tmp_path):
    passes(tmp_path, os.environ, SERVERS)


def test_tour__that_cannot_begin__says_why_and_ends_with_1(tmp_path):
    (tmp_path / "folder").mkdir()
    ran = toured(tmp_path / "folder", ON_THIS_MACHINE, VAMP_STACK_VAULT_ADDR="http://127.0.0.1:9")

    assert ran.returncode != 0
    assert "PASS" not in ran.stdout
    assert list((tmp_path / "folder").iterdir()) == []
