"""``python -m tests.bench [--only NAME] [--list]``; ``make bench`` calls it."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benches; return 1 if one of them could not be run, 2 for a name that is none."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append", help="this one; may be repeated")
    parser.add_argument("--list", action="store_true", help="print the names, run nothing")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="vamp-bench-") as folder:
        _set_up_django(folder)
        from tests.bench.registry import BENCHES
        from tests.bench.running import on_terminal, run

        names = chosen.only or [*BENCHES]
        if unknown := [name for name in names if name not in BENCHES]:
            parser.error(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
        if chosen.list:
            sys.stdout.write("".join(f"{name}\n" for name in BENCHES))
            return 0
        return 1 if run(names, BENCHES, sys.stdout, on_terminal) else 0


def _set_up_django(folder: str) -> None:
    """Set Django up with the settings of an installation, whose state lies in `folder`."""
    for name in [name for name in os.environ if name.startswith("VAMP_")]:
        del os.environ[name]
    os.environ |= {
        "VAMP_STATE_DIR": folder,
        "VAMP_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "vamp.settings",
    }
    import django

    django.setup()


if __name__ == "__main__":
    sys.exit(main())
