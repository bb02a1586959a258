"""``python -m tests.chaos [--only WORD] [--seconds S]``; ``make chaos`` calls it.

Boots an installation on the real servers, with two agents under load from keep-alive clients that
do not retry, and makes every fault happen in the middle of a running release.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

LASTS_S = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the faults; return 1 if anything failed or was lost, 2 without the real servers."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument(
        "--only", metavar="WORD", default="", help="faults that have it in the name"
    )
    parser.add_argument("--seconds", type=float, default=LASTS_S, help="how long servers are away")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="vamp-chaos-") as folder:
        os.environ["DJANGO_SETTINGS_MODULE"] = "vamp.settings"
        os.environ["VAMP_STATE_DIR"] = f"{folder}/own"
        os.environ["VAMP_LOG_LEVEL"] = "ERROR"
        import django

        django.setup()
        from tests.chaos.story import run

        return run(Path(folder), only=chosen.only, lasts_s=chosen.seconds)


if __name__ == "__main__":
    sys.exit(main())
