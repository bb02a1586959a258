import pytest
from django.apps import apps

from tenants.services.moving.tables import named_models, owned_models
from vamp.databases import explicit_models
from vamp.models import (
    AuditCheckpoint,
    AuditEntry,
    AuditGap,
    DeadLetter,
    DeadTask,
    Fence,
    Lease,
    NamedLock,
    OutboxEvent,
    StreamCursor,
)

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])

STAYS = {AuditEntry, AuditCheckpoint, AuditGap, OutboxEvent, DeadLetter}
INSTALLATION = {DeadTask, Fence, Lease, NamedLock, StreamCursor}


def test_tables__every_model_of_an_environment__moves_or_stays_for_a_reason():
    moving = {*owned_models(), *named_models()}

    assert moving | STAYS | INSTALLATION == set(explicit_models())
    assert not moving & (STAYS | INSTALLATION)


def test_owned_models__in_order__come_after_their_parents():
    names = [model.__name__ for model in owned_models()]

    assert names.index("Gateway") < names.index("Route")
    assert names.index("ReleasePolicy") < names.index("PolicyVersion") < names.index("Release")
    assert len(names) == len(set(names)) > 10
    assert apps.ready
