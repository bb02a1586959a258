"""Finding programs that the system brings along, and the account that MariaDB runs as."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

from deploy.stack.errors import StackError

SYSTEM_FOLDERS = ("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/sbin", "/bin")
"""Debian keeps servers where an ordinary user's PATH does not look."""


def find(name: str, *, package: str) -> str:
    """Return the path of the program `name`.

    Args:
        name: of the program.
        package: of Debian that brings it, for the message.

    Raises:
        StackError: it is not installed.
    """
    folders = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS])
    path = shutil.which(name, path=folders)
    if path is None:
        raise StackError(f"there is no {name}: install {package} (Debian's name) and try again")
    return path


def run(command: Sequence[str], *, log: Path, folder: Path | None = None) -> None:
    """Run `command` to its end, its output appended to `log`.

    Raises:
        StackError: it failed; the message holds the last lines that it printed.
    """
    with log.open("ab") as output:
        status = subprocess.run(  # noqa: S603 commands of the stack
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        ).returncode
    if status != 0:
        raise StackError(f"{Path(command[0]).name} failed with {status}:\n{tail(log)}")


def tail(log: Path, lines: int = 15) -> str:
    """Return the last `lines` of a log, indented; empty where there is none."""
    if not log.exists():
        return ""
    last = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in last)


def unprivileged(name: str, folder: Path) -> str:
    """Return the account that a server with its data in `folder` should run as.

    Empty, for our own account, where we are not root, where there is no account `name`, or where
    it could not reach the folder: a checkout under ``/root`` is closed to all others.
    """
    if os.geteuid() != 0:
        return ""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return ""
    open_to_all = all(parent.stat().st_mode & stat.S_IXOTH for parent in folder.resolve().parents)
    return name if open_to_all else ""


def give(folder: Path, user: str) -> None:
    """Hand `folder` and all in it to the account `user`; nothing where that is empty."""
    if not user:
        return
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user, user)
