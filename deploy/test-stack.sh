#!/usr/bin/env bash
# Runs the tests that need the real servers, and beside them every test with a database once more, on
# MariaDB: of those that are made for either database of an environment, the one with rows in a dedicated
# database. What fails runs once more, alone, as in deploy/test.sh. `make stack` comes before it.
set -uo pipefail
cd "$(dirname "$0")/.."
export DJANGO_SETTINGS_MODULE=tests.stack_settings

# On MariaDB the database alone is a real one. The other variables of the installation are taken away,
# so that these tests open the embedded stores that they are about.
taken=()
while read -r name; do taken+=(-u "$name"); done < <(
  deploy/on-stack.sh env | sed -n 's/^\(VAMP_[A-Z_]*\)=.*/\1/p' | grep -v '^VAMP_STACK_'
)

# The first mostly wait, one after the other, since some of them stop and start servers of all; none of
# them MariaDB. The second want both cores, and get what the first leave them.
on_servers=(deploy/on-stack.sh .venv/bin/python -m pytest -o cache_dir=.pytest_cache/servers
  -m stack tests)
on_mariadb=(nice -n 15 deploy/on-stack.sh env "${taken[@]}" .venv/bin/python -m pytest
  -o cache_dir=.pytest_cache/mariadb --with-rows -m "not stack and not haproxy and not browser"
  tests/vamp tests/tenants tests/gateways tests/policies tests/contracts)

told=$(mktemp)
"${on_mariadb[@]}" -n auto --dist loadfile --no-loadscope-reorder "$@" >"$told" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null; rm -f "$told"' EXIT
"${on_servers[@]}" -n 0 "$@"
servers=$?
wait "$beside"
mariadb=$?
trap 'rm -f "$told"' EXIT
cat "$told"

alone=(-n 0 -p no:randomly --last-failed --last-failed-no-failures none)
if [ "$servers" = 1 ] || [ "$mariadb" = 1 ]; then
  echo "test-stack: once more, alone, what failed (mend what passes now)" >&2
fi
if [ "$servers" = 1 ]; then "${on_servers[@]}" "$@" "${alone[@]}"; servers=$?; fi
if [ "$mariadb" = 1 ]; then "${on_mariadb[@]}" "$@" "${alone[@]}"; mariadb=$?; fi

[ "$servers" = 0 ] || echo "test-stack: tests on the real servers failed" >&2
[ "$mariadb" = 0 ] || echo "test-stack: tests on MariaDB failed" >&2
[ "$servers" = 0 ] && [ "$mariadb" = 0 ]
