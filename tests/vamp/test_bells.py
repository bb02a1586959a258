"""Which bells there are, and that one is not heard as the other."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from vamp.bells import committed, positioned


@pytest.fixture(autouse=True)
def _state(settings, tmp_path):
    settings.STATE_DIR = tmp_path


@pytest.mark.parametrize(("rung", "silent"), [(committed, positioned), (positioned, committed)])
def test_bell__rung__is_heard_by_its_own_listeners_alone(rung, silent):
    with rung().listen() as hears, silent().listen() as does_not:
        rung().ring()

        assert hears.wait(5)
        assert not does_not.wait(0)


def test_bell__other_state_folder__is_another_bell(settings, tmp_path):
    with committed().listen() as listener:
        settings.STATE_DIR = tmp_path / "other"
        committed().ring()

        assert not listener.wait(0)


@pytest.mark.parametrize("bell", ["committed", "positioned"])
def test_bell__rung_by_another_process__is_heard(bell, tmp_path):
    program = f"""
        from django.conf import settings
        from pathlib import Path
        settings.configure(STATE_DIR=Path({str(tmp_path)!r}))
        from vamp import bells
        bells.{bell}().ring()
    """
    with {"committed": committed, "positioned": positioned}[bell]().listen() as listener:
        subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)

        assert listener.wait(5)
