"""Where the demonstration's versions run: what it asks of a scheduler, in its own words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from vamp.demo.documents import DemoVersion, write_services


class Workloads(Protocol):
    """Runs versions of the demonstration's service."""

    @property
    def scheduler_url(self) -> str:
        """Return the URL by which Vamp finds what runs."""
        ...

    def run(self, versions: Sequence[DemoVersion]) -> None:
        """Let exactly `versions` run. Returns once the scheduler knows; they start by themselves."""
        ...

    def disturb(self, versions: Sequence[DemoVersion]) -> str:
        """Do to running versions what a scheduler does to them on any day.

        Returns:
            What was done, in words; empty where this scheduler has no such days.
        """
        ...


class LocalWorkloads:
    """Processes of this machine, by the definition file in the local scheduler's `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def scheduler_url(self) -> str:
        """See `Workloads`."""
        return f"local:{self._folder}"

    def run(self, versions: Sequence[DemoVersion]) -> None:
        """See `Workloads`."""
        write_services(self._folder, versions)

    def disturb(self, versions: Sequence[DemoVersion]) -> str:
        """See `Workloads`: a definition file changes only when somebody writes it."""
        return ""
