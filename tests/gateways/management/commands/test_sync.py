from __future__ import annotations

import json
import threading
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from gateways.models import ServiceVersion
from tenants.services.archiving import archive_environment
from tenants.services.tenancy import change_environment
from vamp.drivers.scheduler.local.status import read_status
from vamp.drivers.scheduler.local.supervisor import run

DEFINITION = {"services": {"shop": {"versions": {"1.0.0": {"command": ["true"], "instances": 0}}}}}


def sync_once():
    """Return what it says on both channels, and its exit status."""
    out, err = StringIO(), StringIO()
    try:
        call_command("sync", "--once", stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), error.returncode
    return out.getvalue(), err.getvalue(), 0


@pytest.fixture
def supervised(tmp_path):
    """A folder whose supervisor runs; it defines one version and starts no process."""
    folder = tmp_path / "services"
    folder.mkdir()
    (folder / "services.yaml").write_text(json.dumps(DEFINITION))
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(folder, stop))
    thread.start()
    deadline = time.monotonic() + 20
    while not ((status := read_status(folder)) and status.versions):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield folder
    stop.set()
    thread.join()


def versions(environment):
    rows = ServiceVersion.objects.in_environment(environment)
    return list(rows.values_list("service__name", "name"))


def test_sync_once__scheduler_knows_more__rows_follow_and_the_second_time_nothing_changes(
    environment, supervised
):
    change_environment(environment, actor="tests", scheduler_url=f"local:{supervised}")

    assert sync_once() == ("acme/production: changed\n", "", 0)

    assert versions(environment) == [("shop", "1.0.0")]
    assert sync_once() == ("acme/production: in sync\n", "", 0)


def test_sync_once__environment_without_scheduler__is_left_alone(environment):
    assert sync_once() == ("", "", 0)


def test_sync_once__one_scheduler_is_silent__others_are_compared_and_it_exits_with_1(
    environment, other_environment, supervised, tmp_path
):
    change_environment(environment, actor="tests", scheduler_url=f"local:{tmp_path}/none")
    change_environment(other_environment, actor="tests", scheduler_url=f"local:{supervised}")

    out, err, status = sync_once()

    assert status == 1
    assert err.startswith("acme/production: no supervisor runs for ")
    assert out == "globex/production: changed\n"
    assert versions(other_environment) == [("shop", "1.0.0")]


def test_sync_once__archived__is_not_discovered(environment, supervised):
    change_environment(environment, actor="tests", scheduler_url=f"local:{supervised}")
    archive_environment(environment, actor="tests")

    assert sync_once() == ("", "", 0)
    assert versions(environment) == []
