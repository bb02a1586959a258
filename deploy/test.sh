#!/usr/bin/env bash
# Runs pytest over all cores, with a worker more than those, for tests that start processes wait a third
# of their time. Where tests fail, those run once more, alone and one after the other:
# many tests start real processes, and a busy machine may starve one of them. What fails alone too
# fails; what does not is named, for it wants mending all the same. Tests that need the real servers
# are left out: deploy/test-stack.sh runs those.
set -uo pipefail
cd "$(dirname "$0")/.."
marks="not stack"
passed=()
while [ $# -gt 0 ]; do
  case $1 in
    -m) marks="($2) and not stack"; shift 2 ;;
    *) passed+=("$1"); shift ;;
  esac
done
set -- -m "$marks" "${passed[@]}"
.venv/bin/python -m pytest -n $(($(nproc) + 1)) --dist loadfile --no-loadscope-reorder "$@"
status=$?
[ "$status" = 1 ] || exit "$status"
echo "test: once more, alone, what failed (mend what passes now: it hangs on the machine's load)" >&2
exec .venv/bin/python -m pytest -n 0 -p no:randomly -m "$marks" \
  --last-failed --last-failed-no-failures none
