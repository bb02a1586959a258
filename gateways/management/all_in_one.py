"""Lifting everything onto one machine, for trying Vamp out and for development. Not for production."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from gateways.management.lifted import Lifted
from gateways.management.processes import ProcessMark, children_of
from tenants.models import Environment
from tenants.selectors import namespace_row
from tenants.services.setup.running import DONE, StepState, run_steps
from vamp.databases import aliases
from vamp.dsn import Dsn

READY_WAIT_S = 200.0
END_WAIT_S = 20.0
LOOK_EVERY_S = 0.1
ALL_READY = "Vamp is up after"
IS_UP = "UI and API:"
"""What ``up`` says once every part is ready, and once it has told what to try."""

_APART: list[subprocess.Popen[bytes]] = []
"""Processes that may outlive this one; those that `stop` ends before are taken note of there."""

Tell = Callable[[str], object]


class NotLifted(RuntimeError):
    """It did not come up; the message holds the end of its log, and says where that is."""


def migrate() -> None:
    """Bring every database up to date. Safe to repeat."""
    for alias in aliases():
        call_command("migrate", database=alias, verbosity=0, interactive=False)


def start(lifted: Lifted, folder: Path, arguments: Sequence[str], tell: Tell) -> Lifted:
    """Start ``manage.py up`` apart from this process, and wait until every part is ready.

    Args:
        lifted: the record, of which a new one is kept.
        folder: state folder.
        arguments: further ones of ``up``.
        tell: hears of each part as it gets ready.

    Returns:
        The record with the process in it.

    Raises:
        NotLifted: it ended, or was not ready in time; then it is ended again.
    """
    log = folder / "logs" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    begin = log.stat().st_size if log.exists() else 0
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "up"]
    command += ["--host", lifted.host, "--port", str(lifted.port), "--lift", lifted.tenant]
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 our own command
            [*command, *arguments],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    _APART.append(process)
    started = lifted.running(ProcessMark.of(process.pid))
    started.write(folder)
    try:
        _wait(process, log, begin, tell)
    except BaseException:
        # Also on Ctrl-C: what was begun here is not left behind half up.
        stop(started)
        lifted.running(None).write(folder)
        raise
    return started


def finish_set_up(tenant: str) -> list[StepState]:
    """Do what is left of the set-up of the tenant's environment; return the steps not done."""
    found = namespace_row(*tenant.split("/", 1))
    if not isinstance(found, Environment):
        return []
    return [step for step in run_steps(found, lambda state: None) if step.state != DONE]


def stop(lifted: Lifted) -> None:
    """End the installation's process and all that it started. Never signals any other.

    Its children end with it; those that do not are ended one by one.
    """
    if lifted.process is None:
        return
    children = children_of(lifted.process.pid) if lifted.process.is_running else []
    lifted.process.end(wait_s=END_WAIT_S)
    until = time.monotonic() + END_WAIT_S
    while any(child.is_running for child in children) and time.monotonic() < until:
        time.sleep(LOOK_EVERY_S)
    for child in children:
        child.end(wait_s=END_WAIT_S)
    # Whose end nobody notes here count as running for good, and Python warns of them as it ends.
    _APART[:] = [process for process in _APART if process.poll() is None]


def remove(lifted: Lifted, folder: Path) -> None:
    """Remove what the installation made in `folder`, and nothing else. It must not run."""
    for path in list(lifted.made(folder)):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    (folder / "all-in-one.json").unlink(missing_ok=True)
    if lifted.made_folder and folder.exists() and not any(folder.iterdir()):
        folder.rmdir()


def stays() -> Iterator[str]:
    """Yield the servers that hold what the installation has written; ending it removes none of it."""
    named: Mapping[str, str] = {
        "SQL database": _server_of_database(),
        "key-value store": settings.KV_URL,
        "event stream": settings.EVENTS_URL,
        "metrics store": settings.METRICS_URL,
        "broker": settings.CELERY_BROKER_URL,
    }
    for what, url in named.items():
        if url and (dsn := Dsn.parse(url)).host:
            yield f"{what} at {dsn}"


def _server_of_database() -> str:
    described: Mapping[str, object] = settings.DATABASES["default"]
    host = described.get("HOST")
    return f"mysql://{host}:{described.get('PORT')}/{described['NAME']}" if host else ""


def _wait(process: subprocess.Popen[bytes], log: Path, begin: int, tell: Tell) -> None:
    deadline = time.monotonic() + READY_WAIT_S
    with log.open("rb") as said:
        said.seek(begin)
        rest, are_all_ready = b"", False
        while True:
            *lines, rest = (rest + said.read()).split(b"\n")
            for line in (each.decode(errors="replace") for each in lines):
                if line.startswith(IS_UP):
                    return
                # What comes before is of logging in, and is told by whoever makes the tenant.
                if are_all_ready or " ready " in line:
                    tell(line)
                are_all_ready |= line.startswith(ALL_READY)
            if process.poll() is not None or time.monotonic() > deadline:
                end = log.read_bytes()[begin:][-3000:].decode(errors="replace")
                raise NotLifted(f"Vamp did not come up; {log} says:\n{end}")
            time.sleep(LOOK_EVERY_S)
