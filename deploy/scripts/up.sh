#!/usr/bin/env bash
# Runs the fleet in the foreground until Ctrl-C. Arguments go to the supervisor, for instance: --workers asr=2
set -euo pipefail
cd "$(dirname "$0")/../.."

# At a terminal, Ctrl-C goes to make as well, which would then report an interrupt instead of our clean end. With job
# control this script's twin is a process group of its own, and the terminal signals only that one.
if [ -t 0 ] && [ -z "${MAANE_UP_TWIN:-}" ]; then
  set -m
  MAANE_UP_TWIN=yes setpriv --pdeathsig TERM -- "$0" "$@"
  exit
fi
unset MAANE_UP_TWIN

# shellcheck source=deploy/scripts/common.sh
. deploy/scripts/common.sh

# shellcheck disable=SC2317 # called by the trap
finish() {
  local code=$?
  # What must be cleaned up is cleaned up even when the user is impatient.
  trap '' INT TERM HUP
  stop_fleet
  stop_database || code=1
  remove_bus
  exit "$code"
}
trap finish EXIT
# Before the fleet runs, a signal ends the script, cleanly.
trap 'exit 0' INT TERM HUP

find_programs
fleet_environment var/up
if port_taken "$PORT"; then
  die "Port $PORT is already in use. Choose another one (make up PORT=$(free_port $((PORT + 1)))) or end the program that holds it."
fi
start_database "$MAANE_STATE_DIR"

printf 'Maane answers at %s\n' "$PUBLIC_BASE_URL"
if [ -n "${database_directory:-}" ]; then printf "  DATABASE_URL=%s\n" "$DATABASE_URL"; fi
if [ -n "${generated_token:-}" ]; then
  printf '  made up for this run: TWILIO_ACCOUNT_SID=%s TWILIO_AUTH_TOKEN=%s\n' "$TWILIO_ACCOUNT_SID" "$TWILIO_AUTH_TOKEN"
fi
printf 'Ctrl-C ends it.\n'

trap end_fleet INT TERM HUP
start_fleet "$@"
wait_fleet
