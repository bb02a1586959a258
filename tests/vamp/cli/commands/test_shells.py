from __future__ import annotations

import shutil
import subprocess

import pytest


@pytest.mark.parametrize("program", ["vamp", "forklift"])
def test_completion__script_of_bash__is_one_that_bash_reads(nobody, program):
    script = getattr(nobody, program)("completion", "bash").out

    ran = subprocess.run([shutil.which("bash"), "-n"], input=script, text=True, capture_output=True)

    assert ran.returncode == 0, ran.stderr
    assert f"complete -o default -F _{program}_completion {program}" in script


def test_completion__unknown_shell__is_wrong_usage(nobody):
    assert nobody.vamp("completion", "tcsh").exit == 2
