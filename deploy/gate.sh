#!/usr/bin/env bash
# Every check in one command, the coverage floor among them; says at the end which of them failed.
set -uo pipefail
cd "$(dirname "$0")/.."
. deploy/shades.sh
VAMP_STATE_DIR=$(mktemp -d)
export VAMP_STATE_DIR
trap 'rm -rf "$VAMP_STATE_DIR"' EXIT
bin=.venv/bin
failed=()

check() {
  local name=$1
  shift
  printf '%s· %s%s\n' "$bold" "$name" "$plain"
  "$@" || failed+=("$name")
}

# Without its cache: with the Django plugin a second run knows other types than the first. On a core
# of its own meanwhile, for it takes as long as all the others.
types=$VAMP_STATE_DIR/types
$bin/mypy --cache-dir=/dev/null . >"$types" 2>&1 &
mypy=$!
check "ruff check" $bin/ruff check --quiet .
check "ruff format" $bin/ruff format --check --quiet .
check "import-linter" $bin/lint-imports
check "djlint" $bin/djlint --check --lint templates
check "migrations" $bin/python manage.py makemigrations --check --dry-run
check "django check" $bin/python manage.py check
check "openapi" $bin/python manage.py spectacular --validate --fail-on-warn --file /dev/null

typed() {
  local status=0
  wait "$mypy" || status=$?
  cat "$types"
  return "$status"
}
check "mypy" typed

finish() {
  if [ ${#failed[@]} -gt 0 ]; then
    printf '\ngate: failed: %s\n' "${failed[*]}" >&2
    exit 1
  fi
}

finish # what is wrong already is said now, and not after all the tests

# The processes of the whole product, browsers and HAProxy under load are `make test`'s; what runs
# in other processes is not counted here anyway.
check "tests with coverage" deploy/test.sh --quiet \
  -m "not haproxy and not browser" --cov --cov-report=term:skip-covered
finish
echo "gate: all checks passed"
