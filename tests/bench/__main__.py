"""``python -m tests.bench [--only NAME] [--list]``; ``make bench`` calls it."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence

from tests.bench import stack


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benches; return 1 if one of them could not be run, 2 for a name that is none.

    Those that need the real servers run last, in a process of their own, with a database there.
    """
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append", help="this one; may be repeated")
    parser.add_argument("--list", action="store_true", help="print the names, run nothing")
    chosen = parser.parse_args(arguments)
    environ = dict(os.environ)
    is_on_stack = bool(chosen.only) and all(map(stack.is_needed_by, chosen.only))
    with tempfile.TemporaryDirectory(prefix="vamp-bench-") as folder:
        if is_on_stack and stack.is_there(environ) and not chosen.list:
            with stack.database() as url, stack.clean_indices():
                _set_up_django(folder, {"VAMP_DATABASE_URL": url})
                return _run(chosen.only)
        _set_up_django(folder, {})
        from tests.bench.registry import BENCHES

        names = chosen.only or [*BENCHES]
        if unknown := [name for name in names if name not in BENCHES]:
            parser.error(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
        if chosen.list:
            sys.stdout.write("".join(f"{name}\n" for name in BENCHES))
            return 0
        status = _run([name for name in names if not stack.is_needed_by(name)])
    on_stack = [name for name in names if stack.is_needed_by(name)]
    return stack.run_apart(on_stack, environ, is_asked=bool(chosen.only)) or status


def _run(names: Sequence[str]) -> int:
    from tests.bench.registry import BENCHES
    from tests.bench.running import on_terminal, run

    return 1 if run(names, BENCHES, sys.stdout, on_terminal) else 0


def _set_up_django(folder: str, more: Mapping[str, str]) -> None:
    """Set Django up with the settings of an installation, whose state lies in `folder`.

    Nothing of the user's own installation is seen; `more` is added.
    """
    for name in [name for name in os.environ if name.startswith("VAMP_")]:
        if not name.startswith("VAMP_STACK_"):
            del os.environ[name]
    os.environ |= {
        "VAMP_STATE_DIR": folder,
        "VAMP_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "vamp.settings",
        **more,
    }
    import django

    django.setup()


if __name__ == "__main__":
    sys.exit(main())
