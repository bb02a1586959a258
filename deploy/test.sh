#!/usr/bin/env bash
# Runs pytest over all cores. Where tests fail, those run once more, alone and one after the other:
# many tests start real processes, and a busy machine may starve one of them. What fails alone too
# fails; what does not is named, for it wants mending all the same.
set -uo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m pytest -n auto --dist loadfile "$@"
status=$?
[ "$status" = 1 ] || exit "$status"
echo "test: once more, alone, what failed (mend what passes now: it hangs on the machine's load)" >&2
exec .venv/bin/python -m pytest -n 0 -p no:randomly --last-failed --last-failed-no-failures none
