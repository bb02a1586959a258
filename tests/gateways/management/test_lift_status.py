from __future__ import annotations

import os

import pytest
from django.utils import timezone

from gateways.management.lift_status import health_of
from gateways.management.lifted import Lifted
from gateways.management.processes import ProcessMark
from tests.factories import AgentFactory
from vamp.processes import readiness

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "dedicated"])


@pytest.fixture
def folder(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    settings.CELERY_BROKER_URL = f"filesystem://{tmp_path}/broker"
    (tmp_path / "run").mkdir()
    return tmp_path


def up():
    return Lifted("acme/production", "127.0.0.1", 1, ProcessMark.of(os.getpid()))


def test_health__not_running__says_how_to_start_it(folder):
    (part,) = health_of(Lifted("acme/production", "h", 1), folder)

    assert not part.is_well
    assert "lift all-in-one" in part.said


def test_health__of_each_part__is_told_with_its_process(environment, folder):
    AgentFactory.create(
        environment=environment, name="vga-1", address="127.0.0.2", reported_at=timezone.now()
    )
    for name in ("web", "sync", "consume", "agent-acme-production-vga-1", "worker"):
        (folder / "run" / f"{name}.pid").write_text(str(os.getpid()))
    (folder / "run" / "worker.pid").write_text("4194303")
    readiness.announce("sync")

    found = {part.name: part for part in health_of(up(), folder)}

    assert found["up"].is_well
    assert found["sync"].is_well
    assert found["consume"].said == "not ready yet"
    assert found["agent-acme-production-vga-1"].said == "serves at 127.0.0.2"
    assert "does not answer" in found["web"].said
    assert "worker.log" in found["worker"].said
    assert found["sql database"].is_well
