"""Asking the scheduler for instances."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from gateways.services.scaling import restart_version, scale_version
from tests.factories import VersionFactory
from vamp.errors import NotFound
from vamp.models import AuditEntry
from vamp.ports.errors import PortUnavailable


@dataclass
class RecordingScheduler:
    """Keeps what it is asked for; `is_down` makes it answer nobody."""

    asked: list[tuple] = field(default_factory=list)
    is_down: bool = False

    def scale(self, service, version, instances):
        self._ask("scale", service, version, instances)

    def restart(self, service, version):
        self._ask("restart", service, version)

    def _ask(self, *what):
        if self.is_down:
            raise PortUnavailable("the scheduler does not answer")
        self.asked.append(what)


def _audited(environment):
    rows = AuditEntry.objects.using(environment.database).filter(kind="version")
    return [(row.verb, row.name, row.after) for row in rows]


def test_scale__known_version__asks_and_audits(environment):
    VersionFactory.create(environment=environment)
    scheduler = RecordingScheduler()

    scale_version(environment, "shop", "1.0.0", 3, actor="bo", scheduler=scheduler)

    assert scheduler.asked == [("scale", "shop", "1.0.0", 3)]
    assert _audited(environment) == [("version.scaled", "shop 1.0.0", {"instances": 3})]


def test_restart__known_version__asks_and_audits(environment):
    VersionFactory.create(environment=environment)
    scheduler = RecordingScheduler()

    restart_version(environment, "shop", "1.0.0", actor="bo", scheduler=scheduler)

    assert scheduler.asked == [("restart", "shop", "1.0.0")]
    assert _audited(environment)[0][0] == "version.restarted"


def test_scale__scheduler_down__audits_nothing(environment):
    VersionFactory.create(environment=environment)

    with pytest.raises(PortUnavailable):
        scale_version(
            environment, "shop", "1.0.0", 3, actor="bo", scheduler=RecordingScheduler(is_down=True)
        )

    assert _audited(environment) == []


def test_scale__version_of_another_tenant__is_not_found(environment, other_environment):
    VersionFactory.create(environment=other_environment)
    scheduler = RecordingScheduler()

    with pytest.raises(NotFound):
        scale_version(environment, "shop", "1.0.0", 3, actor="bo", scheduler=scheduler)

    assert scheduler.asked == []
