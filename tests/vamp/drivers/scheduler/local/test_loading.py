from __future__ import annotations

from pathlib import Path

from vamp.drivers.scheduler.local.definition import DEFINITION
from vamp.drivers.scheduler.local.loading import LAST_GOOD, load_definition

GOOD = "services: {shop: {versions: {'1': {command: [serve]}}}}"


def test_load_definition__never_any__says_where_it_belongs(tmp_path: Path) -> None:
    found, faults = load_definition(tmp_path)

    assert found is None
    assert str(tmp_path) in faults[0]


def test_load_definition__broken_after_a_good_one__keeps_the_good_one(tmp_path: Path) -> None:
    (tmp_path / DEFINITION).write_text(GOOD)
    good, no_faults = load_definition(tmp_path)

    for broken in ("services: [", "services: {shop: {version: {}}}", "\x00"):
        (tmp_path / DEFINITION).write_text(broken)
        found, faults = load_definition(tmp_path)
        assert found == good is not None
        assert faults
        assert all(fault.startswith(DEFINITION) for fault in faults)
    assert no_faults == ()
    assert (tmp_path / LAST_GOOD).read_text() == GOOD


def test_load_definition__no_text_at_all__is_a_fault(tmp_path: Path) -> None:
    (tmp_path / DEFINITION).write_bytes(b"\xff\xfe")

    found, faults = load_definition(tmp_path)

    assert found is None
    assert "cannot be read" in faults[0]
