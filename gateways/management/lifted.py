"""The record of an all-in-one installation: which process runs it, and what it has made here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from gateways.management.processes import ProcessMark
from vamp.secrets import write_secret

RECORD = "all-in-one.json"

ARTEFACTS: Sequence[str] = (
    "vamp.sqlite3", "vamp.sqlite3-wal", "vamp.sqlite3-shm", "kv", "broker", "agents", "services",
    "logs", "run", "doorbells", "token", "secret_key", "kv_key",
    "beat-schedule", "beat-schedule.bak", "beat-schedule.dat", "beat-schedule.dir",
    "beat-schedule.db",
)  # fmt: skip
"""What an installation keeps in its state folder. Nothing else there is ever removed."""

_OF_SETTINGS = frozenset({"secret_key", "kv_key", "broker"})


@dataclass(frozen=True, slots=True)
class OnServers:
    """What of the installation's stores is its own, as they were before its first start.

    Attributes:
        databases: aliases of those that held no table of Vamp's: all of these there are its own.
        organisation, environment: it has made the tenant's.
        kv: what is no tenant's in the key-value store is its own.
        stream: so is the installation's event stream.
        broker: nothing lay in the broker's database.
        templates: names of index templates that were there already.
    """

    databases: tuple[str, ...] = ()
    organisation: bool = False
    environment: bool = False
    kv: bool = False
    stream: bool = False
    broker: bool = False
    templates: tuple[str, ...] = ()

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> OnServers:
        """Read what `asdict` wrote."""
        read: dict[str, Any] = {
            name: tuple(it) if isinstance(it, list) else it for name, it in told.items()
        }
        return cls(**read)


@dataclass(frozen=True, slots=True)
class Lifted:
    """An all-in-one installation in a state folder.

    Attributes:
        tenant: ``organisation/environment``.
        host, port: of UI and API.
        process: of ``manage.py up``; None while it does not run.
        before: what lay in the folder before the first start: never removed.
        made_folder: whether the folder itself was made for it.
        servers: what it has made in stores; None where that was not looked at.
    """

    tenant: str
    host: str
    port: int
    process: ProcessMark | None = None
    before: tuple[str, ...] = ()
    made_folder: bool = False
    servers: OnServers | None = None

    @classmethod
    def read(cls, folder: Path) -> Lifted | None:
        """Return what was lifted in `folder`; None where nothing was."""
        try:
            found = json.loads((folder / RECORD).read_text())
            process = found.pop("process")
            found["before"] = tuple(found["before"])
            servers = found.pop("servers", None)
            return cls(
                **found,
                process=ProcessMark(**process) if process else None,
                servers=OnServers.of(servers) if servers else None,
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            raise LiftedUnreadable(f"{folder / RECORD} cannot be read; look at it") from None

    @classmethod
    def anew(cls, folder: Path, tenant: str, host: str, port: int) -> Lifted:
        """Return the record of a first start in `folder`, whatever lies there already."""
        names = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
        # Reading the settings has just made these: where there is nothing else, so is the folder.
        is_new = names <= _OF_SETTINGS
        before = () if is_new else tuple(sorted(names))
        return cls(tenant, host, port, before=before, made_folder=is_new)

    def write(self, folder: Path) -> None:
        """Keep it in `folder`, for this user's eyes alone."""
        write_secret(folder / RECORD, json.dumps(asdict(self), indent=2))

    def running(self, process: ProcessMark | None) -> Lifted:
        """Return the same, run by `process`."""
        return replace(self, process=process)

    @property
    def is_running(self) -> bool:
        """Its process runs."""
        return self.process is not None and self.process.is_running

    @property
    def address(self) -> str:
        """Of UI and API, as this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{host}:{self.port}/"

    def made(self, folder: Path) -> Iterator[Path]:
        """Yield what it has made in `folder` and is there."""
        for name in ARTEFACTS:
            if name not in self.before and (folder / name).exists():
                yield folder / name

    def others(self, folder: Path) -> Iterator[Path]:
        """Yield what lies in `folder` besides: nobody here has made it."""
        made = {path.name for path in self.made(folder)} | {RECORD}
        if folder.exists():
            yield from sorted(path for path in folder.iterdir() if path.name not in made)


class LiftedUnreadable(RuntimeError):
    """The record is none of ours; the message names the file."""
