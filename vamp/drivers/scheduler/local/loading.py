"""Reading the definition so that a broken one changes nothing that runs."""

from __future__ import annotations

from pathlib import Path

from vamp.drivers.scheduler.local.definition import DEFINITION, Definition, read_definition
from vamp.errors import Invalid

LAST_GOOD = "services.last-good.yaml"
"""Copy of the last definition that could be read, for a supervisor that starts on a broken one."""


def load_definition(folder: Path) -> tuple[Definition | None, tuple[str, ...]]:
    """Return the definition, and what is wrong with it.

    A definition that cannot be read or is not there gives the last good one, or None where there
    never was one, with the faults.
    """
    try:
        text = (folder / DEFINITION).read_text()
        found = read_definition(text)
    except FileNotFoundError:
        return _last_good(folder), (f"there is no {DEFINITION} in {folder}",)
    except Invalid as error:
        faults = tuple(f"{DEFINITION} {fault}" for fault in error.faults)
        return _last_good(folder), faults or (error.message,)
    except (OSError, UnicodeDecodeError) as error:
        return _last_good(folder), (f"{DEFINITION} cannot be read: {error}",)
    _keep(folder, text)
    return found, ()


def _last_good(folder: Path) -> Definition | None:
    try:
        return read_definition((folder / LAST_GOOD).read_text())
    except (OSError, Invalid):
        return None


def _keep(folder: Path, text: str) -> None:
    kept = folder / LAST_GOOD
    if kept.exists() and kept.read_text() == text:
        return
    draft = folder / f"{LAST_GOOD}.new"
    draft.write_text(text)
    draft.replace(kept)
