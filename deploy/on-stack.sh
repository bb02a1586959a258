#!/usr/bin/env bash
# Runs a command with the variables of the real servers that `make stack` started.
#
#   deploy/on-stack.sh .venv/bin/python manage.py doctor
set -euo pipefail
variables=${VAMP_STACK_DIR:-$(dirname "$0")/../var/stack}/stack.env
if [ ! -r "$variables" ]; then
  echo "there is no $variables: start the real servers with \`make stack\`" >&2
  exit 1
fi
# shellcheck source=/dev/null
source "$variables"
exec "$@"
