from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants.services.tenancy import change_environment

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "dedicated"])
"""Each connection is asked in a thread of its own, which sees what was committed."""


@pytest.fixture(autouse=True)
def broker(settings, tmp_path):
    (tmp_path / "broker" / "queue").mkdir(parents=True)
    settings.CELERY_BROKER_URL = f"filesystem://{tmp_path}/broker"


def doctor(*arguments):
    """Return what it says, and its exit status."""
    out = StringIO()
    try:
        call_command("doctor", *arguments, stdout=out)
    except CommandError as error:
        return out.getvalue(), error.returncode
    return out.getvalue(), 0


@pytest.fixture
def with_dead_scheduler(environment, tmp_path):
    (tmp_path / "none").mkdir()
    return change_environment(environment, actor="tests", scheduler_url=f"local:{tmp_path}/none")


def test_doctor__all_is_well__names_every_connection_and_exits_with_0(environment):
    told, status = doctor()

    assert status == 0
    lines = [line for line in told.splitlines() if not line.startswith("     ")]
    assert all(line.startswith("ok ") for line in lines)
    for what in (
        "database default", "database dedicated", "broker", "event stream",
        "acme/production key-value store", "acme/production metrics store",
    ):  # fmt: skip
        assert sum(what in line for line in lines) == 1, what


def test_doctor__scheduler_does_not_answer__says_what_to_do_and_exits_with_1(with_dead_scheduler):
    told, status = doctor()

    assert status == 1
    failed = [line for line in told.splitlines() if line.startswith("FAIL")]
    assert len(failed) == 1
    assert "acme/production scheduler" in failed[0]
    assert "start one with python -m vamp.drivers.scheduler.local.supervisor" in told


def test_doctor__as_json__is_one_list_with_advice(with_dead_scheduler):
    told, status = doctor("--format", "json")

    findings = json.loads(told)
    assert status == 1
    assert [each["what"] for each in findings if not each["is_well"]] == [
        "acme/production scheduler"
    ]
    assert all(each["advice"] for each in findings if not each["is_well"])
    assert all(each["system"] for each in findings if each["is_well"])


def test_doctor__store_cannot_be_opened__says_so(environment, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.KV_URL = f"file://{tmp_path}/file"

    told, status = doctor()

    assert status == 1
    assert "FAIL acme/production key-value store" in told
    assert "FAIL key-value store" in told


def test_doctor__url_with_a_secret__does_not_show_it(environment, settings):
    settings.CELERY_BROKER_URL = "redis://me:hunter2@127.0.0.1:1/"

    told, _ = doctor()

    assert "redis://me:***@127.0.0.1:1/" in told
    assert "hunter2" not in told


def test_doctor__elasticsearch_does_not_answer__is_found_out(environment):
    url = "elasticsearch://127.0.0.1:1/vamp?tls=off"
    change_environment(environment, actor="tests", metrics_url=url)

    told, status = doctor()

    assert status == 1
    (failed,) = [line for line in told.splitlines() if line.startswith("FAIL")]
    assert "acme/production metrics store" in failed
    assert "Elasticsearch does not answer" in told
