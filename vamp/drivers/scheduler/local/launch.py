"""From a workload to a process: variables, program, log file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from string import Template

from vamp.drivers.scheduler.local.instance import Instance
from vamp.drivers.scheduler.local.logs import log_path
from vamp.drivers.scheduler.local.processes import HeldProcess

_KEPT_BACK = ("VAMP_", "DJANGO_")
"""Variables of our own, secrets among them, that no service gets to see."""


class LaunchFailed(Exception):
    """An instance cannot be started; the text says why in a few words."""


def launch(instance: Instance, folder: Path) -> HeldProcess:
    """Give the instance a process, still held.

    Raises:
        LaunchFailed: the program, its directory or the log is not to be had.
    """
    workload = instance.workload
    filled = {
        "HOST": workload.host,
        "PORT": str(instance.port),
        "SERVICE": workload.service,
        "VERSION": workload.version,
        "INSTANCE": instance.uid,
    }
    variables = _variables(workload.environment, filled)
    directory = folder / workload.directory
    command = [Template(word).safe_substitute(filled) for word in workload.command]
    if not directory.is_dir():
        raise LaunchFailed(f"there is no directory {directory}")
    if _program(command[0], directory, variables.get("PATH")) is None:
        raise LaunchFailed(f"there is no program {command[0]}")
    try:
        return HeldProcess(
            command, variables=variables, directory=directory, log=log_path(folder, instance.uid)
        )
    except OSError as error:
        raise LaunchFailed(f"cannot be started: {error.strerror or error}") from error


def _variables(own: Mapping[str, str], filled: Mapping[str, str]) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(_KEPT_BACK)
    }
    asked = {name: Template(value).safe_substitute(filled) for name, value in own.items()}
    told = {
        "HOST": filled["HOST"],
        "PORT": filled["PORT"],
        "VAMP_SERVICE": filled["SERVICE"],
        "VAMP_VERSION": filled["VERSION"],
        "VAMP_INSTANCE": filled["INSTANCE"],
    }
    return {**inherited, **told, **asked}


def _program(word: str, directory: Path, path: str | None) -> str | None:
    if "/" in word:
        return shutil.which(str(directory / word))
    return shutil.which(word, path=path)
