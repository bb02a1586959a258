#!/usr/bin/env bash
# Makes this checkout ready to run: system packages, virtual environment, locked dependencies.
# Idempotent; the second run compares two stamps and ends at once.
#
#   deploy/setup.sh            what `make demo` and `make up` need
#   deploy/setup.sh dev        the same and what `make test` and `make gate` need
#   deploy/setup.sh stack      the same as the first and what `make stack` needs; what cannot be had
#                              of it is named, and the rest goes on
#
# PYTHON  the interpreter to build the environment with (default: python3, 3.11 or newer)
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=${1:-run}
python=${PYTHON:-python3}
venv=.venv
uv_version=0.13.9

. deploy/shades.sh
say() { printf '%s· %s%s\n' "$faint" "$*" "$plain" >&2; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
# Of the stack's servers each can do without the others, so it is told which are lacking, and goes on.
lacking() { if [ "$wanted" = stack ]; then say "$*"; else fail "$*"; fi; }

command -v "$python" >/dev/null || fail "no $python found: install Python 3.11 or newer, or set PYTHON=/path/to/python"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || fail "$("$python" --version) is too old: Vamp needs 3.11 or newer (set PYTHON=/path/to/python)"

# --- system packages -------------------------------------------------------------------------
as_root=()
[ "$(id -u)" = 0 ] || ! command -v sudo >/dev/null || as_root=(sudo)
missing=()
command -v haproxy >/dev/null || [ -x /usr/sbin/haproxy ] || missing+=(haproxy)
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
if [ "$wanted" = dev ]; then
  command -v chromium >/dev/null || missing+=(chromium)
fi
if [ "$wanted" = stack ]; then
  has() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ]; }
  has mariadbd || missing+=(mariadb-server)
  has redis-server || missing+=(redis-server)
  has ip || missing+=(iproute2)
  has cc && has make || missing+=(build-essential)
  has pkg-config || missing+=(pkg-config)
  pkg-config --exists libmariadb 2>/dev/null || pkg-config --exists mysqlclient 2>/dev/null \
    || missing+=(default-libmysqlclient-dev)
  "$python" -c 'import pathlib, sysconfig as s; assert pathlib.Path(s.get_path("include"), "Python.h").exists()' \
    2>/dev/null || missing+=(python3-dev)
  has javac || missing+=(default-jdk-headless)
  has mvn || missing+=(maven)
  node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null \
    || say "please install Node 20 or newer with npm: without it the tests of single sign-on fail"
  if ! has go; then
    # The first Go that gets itself a newer one where a module asks for it; Debian 12's is older.
    "${as_root[@]}" apt-get update -qq >/dev/null 2>&1 || true
    offered=$(apt-cache policy golang-go 2>/dev/null | sed -n 's/.*Candidate: 2:\([0-9.]*\).*/\1/p')
    if [ -n "$offered" ] && printf '1.21\n%s\n' "$offered" | sort -CV; then
      missing+=(golang-go)
    else
      say "please install Go 1.21 or newer: without it there is no NATS, Vault and Kubernetes"
    fi
  fi
fi
install() {
  say "installing $* with apt-get"
  # Debian would start servers at once with its own configuration; ours are started by agents and
  # by the stack.
  local policy=/usr/sbin/policy-rc.d log
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod +x "$policy"
    trap '"${as_root[@]}" rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    lacking "apt-get could not install $*; its whole output is in $log"
    return
  fi
  rm -f "$log"
}
if [ ${#missing[@]} -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    lacking "please install these with your system's package manager, then run the command again: ${missing[*]} (HAProxy 2.6 or newer)"
  elif [ "$(id -u)" != 0 ] && [ ${#as_root[@]} = 0 ]; then
    lacking "please run as root: apt-get install ${missing[*]}"
  else
    install "${missing[@]}"
  fi
fi

# --- Python ----------------------------------------------------------------------------------
stamp="$venv/.vamp-$wanted"
fingerprint=$(cat pyproject.toml requirements.lock deploy/setup.sh | sha256sum | cut -d' ' -f1)
if [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$fingerprint" ]; then
  exit 0
fi
[ -x "$venv/bin/python" ] || { say "making the virtual environment $venv"; "$python" -m venv "$venv"; }
[ -x "$venv/bin/uv" ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
say "installing the locked dependencies"
groups=()
# Checks read the drivers of real servers too, so they want the clients; the compiled one only the stack.
[ "$wanted" != dev ] || groups=(--extra clients --group dev)
[ "$wanted" != stack ] || groups=(--extra clients --extra mysql)
"$venv/bin/uv" pip install --quiet --compile-bytecode --python "$venv/bin/python" -r pyproject.toml "${groups[@]}" -c requirements.lock
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation -e . 2>/dev/null \
  || "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps -e .
echo "$fingerprint" > "$stamp"
echo "$fingerprint" > "$venv/.vamp-run" # each of them includes it
