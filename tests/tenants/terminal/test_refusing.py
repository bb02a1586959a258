from __future__ import annotations

from io import StringIO

import pytest

from tenants.terminal.management.commands.flush import Command


def test_refused__asked_for_help__prints_it(capsys):
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "flush", "--help"])

    assert ended.value.code == 0
    assert "usage" in capsys.readouterr().out


def test_refused__run_by_a_person__says_what_to_do_instead():
    command = Command(stderr=StringIO(), no_color=True)

    with pytest.raises(SystemExit):
        command.run_from_argv(["manage.py", "flush"])

    assert Command.instead in command.stderr.getvalue()
