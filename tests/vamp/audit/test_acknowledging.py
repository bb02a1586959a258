from __future__ import annotations

from tests.vamp.audit.chains import emptied, keys, recorded, sealed
from vamp.audit import anchoring, signing
from vamp.audit.acknowledging import acknowledge
from vamp.audit.sealing import seal
from vamp.audit.verifying import verify
from vamp.models import AuditEntry


def acknowledged(database):
    return acknowledge(database, keys(), signing.store(), actor="vamp:terminal/ana", reason="why")


def test_acknowledge__older_backup_restored__anchor_is_cast_anew(environment):
    database = environment.database
    sealed(database, 4)
    anchoring.cast(signing.store(), database)
    AuditEntry.objects.using(database).filter(position__gt=2).delete()

    assert acknowledged(database).position == 2

    recorded(database)
    seal(database, keys())
    anchor = anchoring.read(signing.store(), database)
    assert anchor.position == 2
    assert verify(database, keys(), anchor=anchor).is_whole
    said = AuditEntry.objects.using(database).get(verb="audit.acknowledged")
    assert said.before == {"head": 4, "anchor": 4}


def test_acknowledge__edited_within__is_found_all_the_same(environment):
    database = environment.database
    sealed(database, 3)
    AuditEntry.objects.using(database).filter(position=2).update(name="other")

    acknowledged(database)

    assert not verify(database, keys()).is_whole


def test_acknowledge__nothing_there__leaves_its_entry_alone(environment):
    emptied(environment.database)

    assert acknowledged(environment.database).position == 0
    assert AuditEntry.objects.using(environment.database).count() == 1
