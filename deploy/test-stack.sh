#!/usr/bin/env bash
# Runs the tests that need the real servers, then every test with a database once more, on MariaDB.
# `make stack` comes before it.
set -uo pipefail
cd "$(dirname "$0")/.."
export DJANGO_SETTINGS_MODULE=tests.stack_settings
pytest=(deploy/on-stack.sh .venv/bin/python -m pytest)

# One after the other: some of them stop and start servers that all of them share.
"${pytest[@]}" -n 0 -m stack tests "$@"
marked=$?

# Here the database alone is a real one. The other variables of the installation are taken away, so
# that these tests open the embedded stores that they are about.
taken=()
while read -r name; do taken+=(-u "$name"); done < <(
  deploy/on-stack.sh env | sed -n 's/^\(VAMP_[A-Z_]*\)=.*/\1/p' | grep -v '^VAMP_STACK_'
)
deploy/on-stack.sh env "${taken[@]}" .venv/bin/python -m pytest -n auto --dist loadfile \
  -m "not stack and not haproxy and not browser" \
  tests/vamp tests/tenants tests/gateways tests/policies tests/contracts "$@"
database=$?

[ "$marked" = 0 ] || echo "test-stack: tests on the real servers failed" >&2
[ "$database" = 0 ] || echo "test-stack: tests on MariaDB failed" >&2
[ "$marked" = 0 ] && [ "$database" = 0 ]
