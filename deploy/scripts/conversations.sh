#!/usr/bin/env bash
# Simulated callers hold the conversations of Tests/Conversations/Scenarios with a fleet of its own, many at once; how the fleet takes its turns
# is scored as a table. With arguments, only those files. Table, calls and logs are in var/conversations (OUT).
#   PART       1: one call of each conversation, some three minutes
#   REPEAT     calls of each conversation (6)
#   CALLS      at once (24)
#   SEED       of voices, pauses and noises (1)
#   FINAL_MS   of the recogniser's finals: milliseconds, fast or google (fast)
#   INTERIM_MS of its interims (150)
#   LIMITS     further options of maane-conversations, for instance "--max-end-median 350 --max-cut-ins 2"
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/scripts/common.sh
. deploy/scripts/common.sh

out=${OUT:-var/conversations}

# shellcheck disable=SC2317 # called by the trap
finish() {
  local code=$?
  trap '' INT TERM HUP
  if [ -n "${callers:-}" ]; then kill -TERM "$callers" 2>/dev/null || true; fi
  stop_fleet
  stop_database || code=1
  remove_bus
  exit "$code"
}
find_programs
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

deploy/scripts/postgres.sh remove "$out"
rm -rf "$out"
mkdir -p "$out/log" "$out/scripts"
[ "$#" -gt 0 ] || set -- Tests/Conversations/Scenarios/*.yaml
export SWIFT_BACKTRACE=enable=no
PORT=$(free_port "${PORT:-8080}")
ADMIN_PORT=$(free_port "${ADMIN_PORT:-9090}")
MAANE_STATE_DIR=$out/state
own_machine
export PORT ADMIN_PORT MAANE_STATE_DIR
export ASR_PROVIDERS=scripted DIALOG_PROVIDERS=talk TTS_PROVIDERS=${TTS_PROVIDERS:-local} LOG_TRANSCRIPTS=on
MAANE_SCRIPTED_DIR=$(realpath "$out/scripts")
export MAANE_SCRIPTED_DIR MAANE_SCRIPTED_FINAL_MS=${FINAL_MS:-fast} MAANE_SCRIPTED_INTERIM_MS=${INTERIM_MS:-150}
fleet_environment "$MAANE_STATE_DIR"
start_database "$out"

start_fleet --log-dir "$out/log" --host 127.0.0.1 2>"$out/log/supervisor.log"
wait_ready "${READY_TIMEOUT:-60}" "$out/log"

again="make conversations CONFIG=${CONFIG:-debug} REPEAT=${REPEAT:-6} SEED=${SEED:-1} CALLS=${CALLS:-24} FINAL_MS=$MAANE_SCRIPTED_FINAL_MS"
options=(--repeat "${REPEAT:-6}" --calls "${CALLS:-24}" --seed "${SEED:-1}" --out "$out" --repeat-with "$again")
if [ -n "${PART:-}" ]; then options+=(--part); fi
# shellcheck disable=SC2206 # several options
options+=(${LIMITS:-})
code=0
timeout --kill-after=10 "${LIMIT_SECONDS:-7200}" "$programs/maane-conversations" --base-url "$PUBLIC_BASE_URL" \
  --account-sid "$TWILIO_ACCOUNT_SID" --auth-token "$TWILIO_AUTH_TOKEN" --bus "$MAANE_BUS" --scripts "$MAANE_SCRIPTED_DIR" \
  "${options[@]}" "$@" &
callers=$!
wait "$callers" || code=$?
callers=''
exit "$code"
