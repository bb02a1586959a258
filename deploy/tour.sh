#!/usr/bin/env bash
# The tour: from an empty installation to two tenants with different stores, by the command lines
# alone. Prints each command before its output; ends with PASS, or with what was not as it should be.
#
#   make tour              on this machine: SQLite, encrypted folders
#   make tour ENV=stack    on the servers of `make stack`: MariaDB, Vault, Elasticsearch, JetStream
#
# Nothing of it stays: its installation, folder, databases and mounts go with it. TOUR_KEEP=1 keeps
# the folder, with the logs in it.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/shades.sh
folder=$(mktemp -d "${TMPDIR:-/tmp}/vamp-tour-XXXXXX")
PATH=$PWD/.venv/bin:$PATH

# --- how commands are shown, and what is expected of them ------------------------------------------
step() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
show() { printf '\n%s$%s %s\n' "$faint" "$plain" "${*//"$folder"/DIR}"; }
stop() { printf 'tour: %s\n' "$*" >&2; exit 1; }
run() { show "$@"; "$@"; }
into() { # FILE COMMAND…: what it prints is a secret, and goes into a file
  show "${@:2} > ${1##*/}"
  (umask 077; "${@:2}" > "$1")
}
ends() { # CODE COMMAND…: it must end with this exit code
  local got=0
  show "${@:2}"
  "${@:2}" 2>&1 || got=$?
  [ "$got" = "$1" ] || stop "that ended with $got, not with $1"
  printf '(exit code %s)\n' "$got"
}
says() { # TEXT COMMAND…: it must say this
  local told
  show "${@:2}"
  told=$("${@:2}" 2>&1) || stop "that failed: $told"
  printf '%s\n' "$told"
  [[ $told == *"$1"* ]] || stop "that does not say: $1"
}
as() { VAMP_TOKEN_FILE=$folder/$1.token "${@:2}"; } # WHO COMMAND…: with somebody else's token

server=
finish() {
  local code=$?
  trap - EXIT INT TERM
  if [ -n "$server" ] && kill -TERM "$server" 2>/dev/null; then
    for _ in $(seq 100); do kill -0 "$server" 2>/dev/null || break; sleep 0.2; done
    kill -KILL "$server" 2>/dev/null || true
  fi
  python -m deploy.tour.places "$folder" remove || code=1
  if [ "$code" != 0 ] && [ -f "$folder/up.log" ]; then tail -n 20 "$folder/up.log" >&2; fi
  [ -n "${TOUR_KEEP:-}" ] || rm -rf "$folder"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

# --- an installation in which there is nothing -------------------------------------------------------
step "An empty installation"
for name in ${!VAMP_@}; do # of whoever calls: an address, a token, another installation's stores
  [ -n "${VAMP_STACK_VAULT_ADDR:-}" ] && [[ $name != VAMP_@(SERVER|TOKEN*|ORGANI?ATION|ENVIRONMENT|CONTEXT|OUTPUT|CONFIG) ]] \
    || unset "$name"
done
places=$(python -m deploy.tour.places "$folder" make)
eval "$places"
export DJANGO_SETTINGS_MODULE=vamp.settings VAMP_STATE_DIR=$folder/state VAMP_CONFIG=$folder/vamp.yaml VAMP_LOG_LEVEL=WARNING
port=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
show python manage.py up --agents 0 --port "$port" "&"
python manage.py up --agents 0 --port "$port" > "$folder/up.log" 2>&1 &
server=$!
for _ in $(seq 1200); do
  grep -q "^UI and API:" "$folder/up.log" && break
  kill -0 "$server" 2>/dev/null || stop "it did not come up"
  sleep 0.1
done
tail -n 1 "$folder/up.log"
run python manage.py platform_administrator root --token-file "$folder/root.token"
run forklift login --server "http://127.0.0.1:$port" --token-file "$folder/root.token"
says "there are no organisations" forklift list organizations

# --- two tenants -------------------------------------------------------------------------------------
step "Globex has stores of its own"
prod=$GLOBEX/production
run forklift create organization "$GLOBEX" --title Globex
run forklift create database "$GLOBEX-own" --org "$GLOBEX" --url "$GLOBEX_DATABASE" \
  ${GLOBEX_PASSWORD_FILE:+--password-file "$GLOBEX_PASSWORD_FILE"} --wait
run forklift create environment production --org "$GLOBEX" --stage production --order 3 --database "$GLOBEX-own"
run forklift set connection kv --env "$prod" --url "$GLOBEX_KV" ${GLOBEX_KV_FILE:+--secret-file "$GLOBEX_KV_FILE"} --test
run forklift set connection metrics --env "$prod" --url "$GLOBEX_METRICS" --test
run forklift set connection events --env "$prod" --url "$GLOBEX_EVENTS" \
  ${GLOBEX_EVENTS_FILE:+--secret-file "$GLOBEX_EVENTS_FILE"} --test
run forklift list connections --env "$prod"
run forklift test connections --env "$prod"

step "Initech has the installation's on this machine, and its own on real servers"
run forklift create organization "$INITECH" --title Initech
own=()
if [ -n "${INITECH_DATABASE:-}" ]; then
  run forklift create database "$INITECH-own" --org "$INITECH" --url "$INITECH_DATABASE" \
    --password-file "$INITECH_PASSWORD_FILE" --wait
  own=(--database "$INITECH-own")
fi
run forklift create environment production --org "$INITECH" --stage production --order 3 "${own[@]}"
if [ -n "${INITECH_KV:-}" ]; then
  run forklift set connection kv --env "$INITECH/production" --url "$INITECH_KV" --secret-file "$INITECH_KV_FILE" --test
  run forklift set connection metrics --env "$INITECH/production" --url "$INITECH_METRICS" --test
  run forklift set connection events --env "$INITECH/production" --url "$INITECH_EVENTS" \
    --secret-file "$INITECH_EVENTS_FILE" --test
fi
run forklift list organizations -o name

step "The set-up makes what an environment needs"
run forklift set-up environment production --org "$GLOBEX" --wait
says "are done" forklift show set-up production --org "$GLOBEX"
says "second_factor: nobody" forklift show sign-in --installation

# --- who may do what ---------------------------------------------------------------------------------
step "People, roles, tokens"
printf 'a long phrase for bo\n' | run forklift create user bo --org "$GLOBEX" --full-name Bo --role viewer --password-file -
printf 'a long phrase for mo\n' | run forklift create user mo --org "$INITECH" --role administrator --password-file -
run forklift create group on-call --org "$GLOBEX" --member bo
run forklift create role releaser --org "$GLOBEX" --title Releasers --right gateway.view --right gateway.release
run forklift create binding releaser --org "$GLOBEX" --user bo --within production --object gateway/shop \
  --max-weight 25 --expires 30d
into "$folder/bo.token" forklift create token laptop --org "$GLOBEX" --user bo --expires 30d
into "$folder/robot.token" forklift create token robot --org "$GLOBEX" --service
run forklift create binding viewer --org "$GLOBEX" --token robot
run forklift list bindings --org "$GLOBEX"

# --- what shall be -----------------------------------------------------------------------------------
step "Documents"
run forklift apply -f deploy/tour/globex --env "$prod" --dry-run
run forklift apply -f deploy/tour/globex --env "$prod"
says "unchanged" forklift apply -f deploy/tour/globex --env "$prod"
run forklift apply -f deploy/tour/initech --env "$INITECH/production"
says "note: " forklift add policy hotfix --env "$prod" --file deploy/tour/hotfix.json
says "success_ratio" forklift show policy hotfix --env "$prod"
sed 's/90%/80%/; s/10%}/20%}/' deploy/tour/globex/shop.yaml > "$folder/shop.yaml"
ends 8 forklift diff -f "$folder/shop.yaml" --env "$prod" --exit-code
run forklift export --org "$GLOBEX" -o "$folder/backup"
says "there are no differences" forklift diff -f "$folder/backup" --org "$GLOBEX"
for form in table json yaml name; do run forklift list groups --org "$GLOBEX" -o "$form"; done

# --- apart -------------------------------------------------------------------------------------------
step "Neither sees the other"
says "shop.globex.test" as bo vamp get gateways --env "$prod"
says "organisation/$GLOBEX" as bo vamp get organisations -o name
ends 3 as bo vamp get gateways --env "$INITECH/production"
ends 3 as bo forklift list users --org "$INITECH"
ends 3 as robot vamp get gateway shop --env "$INITECH/production"
says "releaser" as bo vamp auth can-i release gateway/shop --env "$prod"
ends 4 as bo vamp auth can-i delete gateway/shop --env "$prod"
says "shop-1.1.0  20%" as bo vamp gateway weights shop 1.1.0=20 --env "$prod"
ends 4 as bo vamp gateway weights shop 1.1.0=60 --env "$prod"

# --- what was recorded, and what lies where ----------------------------------------------------------
step "What lies where"
run forklift list stores --env "$prod"
run forklift list stores --env "$INITECH/production"
run python -m deploy.tour.places "$folder" look
run vamp get organisation-audit --org "$GLOBEX" --limit 5
show python manage.py audit verify
for _ in $(seq 20); do # entries are sealed within a second of being written
  whole=; told=$(python manage.py audit verify 2>&1) && whole=yes && break
  sleep 0.5
done
printf '%s\n' "$told"
[ -n "$whole" ] || stop "the audit trail is not whole"
[[ $told == *"$GLOBEX-own: whole"* ]] || stop "the trail in Globex's own database was not verified"

step "And away again"
run forklift delete organization "$INITECH" --yes --wait --timeout 2m
run forklift delete environment production --org "$GLOBEX" --yes --wait --timeout 2m
says "8 of 8 steps are over" forklift show deletion "$prod"
run forklift delete organization "$GLOBEX" --yes --wait --timeout 2m
says "there are no organisations" forklift list organizations

printf '\n%sPASS%s\n' "$bold" "$plain"
