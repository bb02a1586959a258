"""The programs as processes: what they import, how they start, and that they are installed."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from vamp.cli.failure import MEANINGS
from vamp.cli.program import run_vamp

HEAVY = (
    "django",
    "celery",
    "rest_framework",
    "kubernetes",
    "pydantic",
    "requests",
    "rich.console",
    "yaml",
)


@pytest.mark.parametrize("module", ["vamp.cli.program", "vamp.cli.forklift.program"])
def test_program__imported__brings_nothing_heavy_along(module):
    code = f"import sys, {module}; print([n for n in {HEAVY!r} if n in sys.modules])"

    ran = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)

    assert ran.stdout == "[]\n"


@pytest.mark.parametrize("name", ["vamp", "forklift"])
def test_script__installed__runs_and_never_imports_django(name, tmp_path):
    script = Path(sysconfig.get_path("scripts")) / name
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONVERBOSE": "1"}

    ran = subprocess.run([script, "context", "list"], text=True, capture_output=True, env=environ)

    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "there is no context" in ran.stderr
    assert "import 'django'" not in ran.stderr
    assert "import 'celery'" not in ran.stderr


def test_exit_codes__listed__are_all_of_them(nobody):
    lines = nobody.vamp("exit-codes").out.splitlines()

    assert [int(line.split()[0]) for line in lines] == sorted(MEANINGS)


def test_output__whose_reader_went_away__is_no_failure(tmp_path):
    code = "import sys; from vamp.cli.program import run_vamp; sys.exit(run_vamp(['exit-codes']))"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr:
        told = process.stderr.read()
    process.wait()

    assert b"Traceback" not in told


def test_run__help__ends_with_0(capsys):
    assert run_vamp(["--help"]) == 0
    assert "auth login" in capsys.readouterr().out
