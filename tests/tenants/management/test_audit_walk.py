from __future__ import annotations

from tenants.management.audit_walk import progress, verdicts_of
from tests.vamp.audit.chains import keys, sealed
from vamp.audit import anchoring, signing
from vamp.databases import aliases


def test_verdicts__anchor_that_cannot_be_read__is_told_and_holds_up_no_other(environment):
    for database in aliases():
        sealed(database, 2)
    signing.store().put(anchoring.key_of("dedicated"), "none of ours")

    verdicts, failures = verdicts_of(aliases(), keys())

    assert [(each.database, each.is_whole) for each in verdicts] == [("default", True)]
    assert failures == ["dedicated: an anchor of the audit trail cannot be read"]


def test_progress__without_a_terminal__shows_nothing():
    assert progress().disable
