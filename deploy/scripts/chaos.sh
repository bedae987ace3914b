#!/usr/bin/env bash
# Strikes a fleet of two workers per pool while callers speak numbers, and proves that nothing is lost: Tests/Chaos tells how.
# Logs, the ledger and the report are in var/chaos (OUT).
#   SEED                   of the schedule; a random one when it is not set
#   CALLS                  at once (20)
#   WORKER_DEATHS          sudden ones (200); stalls and restarts come on top
#   GATEWAY_DEATHS         sudden ones (20); restarts come on top
#   GATEWAY_STALLS         (2)
#   POSTGRES_STOPS         (0), of POSTGRES_DOWN_SECONDS each (10)
#   UTTERANCES             of each call (24)
#   CALM_SECONDS           before and after (12)
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/scripts/common.sh
. deploy/scripts/common.sh

out=${OUT:-var/chaos}

# shellcheck disable=SC2317 # called by the trap
finish() {
  local code=$?
  trap '' INT TERM HUP
  if [ -n "${chaos:-}" ]; then kill -TERM "$chaos" 2>/dev/null || true; fi
  # A stopped process cannot end.
  "$programs/maane-supervisor" --print-pids 2>/dev/null | while read -r _ pid _; do
    if [ "$pid" != - ]; then kill -CONT "$pid" 2>/dev/null || true; fi
  done
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
mkdir -p "$out/log"
# Several hundred processes are about to die by a fault in memory.
ulimit -c 0
export SWIFT_BACKTRACE=enable=no
PORT=$(free_port "${PORT:-8080}")
ADMIN_PORT=$(free_port "${ADMIN_PORT:-9090}")
MAANE_STATE_DIR=$out/state
own_machine
export PORT ADMIN_PORT MAANE_STATE_DIR
export ASR_PROVIDERS=tones DIALOG_PROVIDERS=echo TTS_PROVIDERS=tone
fleet_environment "$MAANE_STATE_DIR"
start_database "$out"

start_fleet --workers asr=2,dialog=2,tts=2,crm=2 --log-dir "$out/log" --host 127.0.0.1 2>"$out/log/supervisor.log"
wait_ready "${READY_TIMEOUT:-60}" "$out/log"

again="make chaos CONFIG=${CONFIG:-debug} SEED=@SEED@ CALLS=${CALLS:-20} WORKER_DEATHS=${WORKER_DEATHS:-200} GATEWAY_DEATHS=${GATEWAY_DEATHS:-20}"
again+=" GATEWAY_STALLS=${GATEWAY_STALLS:-2} POSTGRES_STOPS=${POSTGRES_STOPS:-0} POSTGRES_DOWN_SECONDS=${POSTGRES_DOWN_SECONDS:-10}"
again+=" UTTERANCES=${UTTERANCES:-24} CALM_SECONDS=${CALM_SECONDS:-12}"
code=0
timeout --kill-after=10 "${LIMIT_SECONDS:-1800}" "$programs/maane-chaos" --base-url "$PUBLIC_BASE_URL" \
  --account-sid "$TWILIO_ACCOUNT_SID" --auth-token "$TWILIO_AUTH_TOKEN" --database-url "$DATABASE_URL" \
  --state-dir "$MAANE_STATE_DIR" --postgres-dir "$out" ${SEED:+--seed "$SEED"} --calls "${CALLS:-20}" --utterances "${UTTERANCES:-24}" \
  --worker-deaths "${WORKER_DEATHS:-200}" --gateway-deaths "${GATEWAY_DEATHS:-20}" --gateway-stalls "${GATEWAY_STALLS:-2}" \
  --postgres-stops "${POSTGRES_STOPS:-0}" --postgres-down-seconds "${POSTGRES_DOWN_SECONDS:-10}" --calm-seconds "${CALM_SECONDS:-12}" --late-percent "${LATE_PERCENT:-1}" \
  --json "$out/ledger.json" --repeat-with "$again" > >(tee "$out/report.txt") &
chaos=$!
wait "$chaos" || code=$?
chaos=''
exit "$code"
