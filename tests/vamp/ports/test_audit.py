from __future__ import annotations

from tests.vamp.drivers.audit.entries import entry


def test_identity__of_an_entry__is_its_place_in_its_database():
    assert entry(7, database="dedicated").identity == "dedicated:7"
