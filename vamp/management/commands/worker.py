"""The process that does the work."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand

from vamp import queues
from vamp.processes import working


def _queues(words: str) -> Sequence[str]:
    try:
        return queues.named(words)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


class Command(BaseCommand):
    """Runs Celery's worker until SIGTERM."""

    help = "Run tasks: publication, the Release Agent, hooks, sweeps."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the number of threads, and whether this worker also keeps the schedule."""
        parser.add_argument("--beat", action="store_true", help="keep the schedule as well")
        parser.add_argument(
            "--queues",
            type=_queues,
            default=queues.ALL,
            help="only these, by comma: live (from a change to traffic), regular, slow",
        )
        parser.add_argument("--threads", type=int, default=working.THREADS, help="tasks at once")

    def handle(
        self, *args: Any, beat: bool, queues: Sequence[str], threads: int, **options: Any
    ) -> None:
        """Run until asked to end."""
        working.run(has_beat=beat, threads=threads, names=queues)
