from __future__ import annotations

import pytest

from tests.bench import stack

SERVERS = {"VAMP_STACK_MYSQL_ADMIN_URL": "mysql://x", "VAMP_STACK_ELASTICSEARCH_ADDR": "http://x"}


@pytest.mark.parametrize(
    ("name", "is_needed"),
    [
        ("tick.stack.100x3", True),
        ("ingest.stack", True),
        ("weight-live.embedded", False),
        ("up.ready", False),
        ("haystack.find", False),
    ],
)
def test_is_needed_by__name__has_the_word_or_not(name, is_needed):
    assert stack.is_needed_by(name) is is_needed


@pytest.mark.parametrize(("is_asked", "status"), [(False, 0), (True, 1)])
def test_run_apart__no_servers__says_what_is_left_out_and_why(capsys, is_asked, status):
    environ = dict.fromkeys(SERVERS, "")

    assert stack.run_apart(["ingest.stack"], environ, is_asked=is_asked) == status

    said = capsys.readouterr().err
    assert "left out: ingest.stack" in said
    assert "make stack" in said


def test_run_apart__nothing_to_run__says_nothing(capsys):
    assert stack.run_apart([], {}, is_asked=True) == 0
    assert capsys.readouterr().err == ""


def test_is_there__all_variables_or_not__tells():
    assert stack.is_there(SERVERS)
    assert not stack.is_there({**SERVERS, "VAMP_STACK_ELASTICSEARCH_ADDR": ""})
