#!/usr/bin/env bash
# Runs the tests that need the real servers, then every test with a database once more, on MariaDB: of
# those that are made for either database of an environment, the one with rows in a dedicated database.
# What fails runs once more, alone, as in deploy/test.sh. `make stack` comes before it.
set -uo pipefail
cd "$(dirname "$0")/.."
export DJANGO_SETTINGS_MODULE=tests.stack_settings
pytest=(.venv/bin/python -m pytest)

# Runs pytest with the command before `--`, and what failed once more, alone.
twice() {
  local run=()
  while [ "$1" != -- ]; do run+=("$1"); shift; done
  shift
  deploy/on-stack.sh "${run[@]}" "${pytest[@]}" "$@"
  local status=$?
  [ "$status" = 1 ] || return "$status"
  echo "test-stack: once more, alone, what failed (mend what passes now)" >&2
  deploy/on-stack.sh "${run[@]}" "${pytest[@]}" "$@" -n 0 -p no:randomly \
    --last-failed --last-failed-no-failures none
}

# One after the other: some of them stop and start servers that all of them share.
twice env -- -n 0 -m stack tests "$@"
marked=$?

# Here the database alone is a real one. The other variables of the installation are taken away, so
# that these tests open the embedded stores that they are about.
taken=()
while read -r name; do taken+=(-u "$name"); done < <(
  deploy/on-stack.sh env | sed -n 's/^\(VAMP_[A-Z_]*\)=.*/\1/p' | grep -v '^VAMP_STACK_'
)
twice env "${taken[@]}" -- -n auto --dist loadfile --no-loadscope-reorder --with-rows \
  -m "not stack and not haproxy and not browser" \
  tests/vamp tests/tenants tests/gateways tests/policies tests/contracts "$@"
database=$?

[ "$marked" = 0 ] || echo "test-stack: tests on the real servers failed" >&2
[ "$database" = 0 ] || echo "test-stack: tests on MariaDB failed" >&2
[ "$marked" = 0 ] && [ "$database" = 0 ]
