"""A worker of ours with a few tasks on top, run as a program: ``worker_of_tests.py QUEUES THREADS``.

Each task writes a line into the file that it is given, so that a test sees what was done.
"""

import os
import signal
import sys
import time
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["DJANGO_SETTINGS_MODULE"] = "vamp.settings"
django.setup()

from vamp import queues  # noqa: E402 needs Django set up
from vamp.celery import app  # noqa: E402 the same


@app.task(name="tests.note")
def note(path: str, text: str) -> None:
    with Path(path).open("a") as lines:
        lines.write(f"{text}\n")


@app.task(name="tests.wait")
def wait(path: str, text: str, gate: str) -> None:
    """Note that it began, and again once the file `gate` is there."""
    note.run(path, f"{text} begun")
    while not Path(gate).exists():
        time.sleep(0.01)
    note.run(path, f"{text} ended")


@app.task(name="tests.die")
def die(path: str) -> None:
    """End the worker as the kernel does that has no memory left."""
    note.run(path, "died")
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    from vamp.processes import working

    working.run(has_beat=False, threads=int(sys.argv[2]), names=queues.named(sys.argv[1]))
