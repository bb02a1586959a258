"""The process that does the work."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand

from vamp import queues
from vamp.processes import probes, task_consumer, working
from vamp.processes.stopping import end_on_signals


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
        parser.add_argument(
            "--stop-within",
            type=float,
            default=task_consumer.stop_s,
            help="seconds from SIGTERM until unfinished tasks are handed back",
        )
        probes.add_arguments(parser)

    def handle(
        self,
        *args: Any,
        beat: bool,
        queues: Sequence[str],
        threads: int,
        stop_within: float,
        health_port: int,
        health_address: str,
        **options: Any,
    ) -> None:
        """Run until asked to end."""
        end_on_signals()  # for the time until the worker listens to signals itself
        with probes.answering("worker", address=health_address, port=health_port):
            working.run(has_beat=beat, threads=threads, names=queues, stop_within_s=stop_within)
