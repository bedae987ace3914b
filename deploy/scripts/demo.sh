#!/usr/bin/env bash
# One whole call (CALLS=n: n at once) by a simulated customer over the real fleet; what came of it is in var/demo.
#   VOICE   the customer's espeak-ng voice (he+m3)
#   SCRIPT  what the customer says (Tests/TwilioSimulator/Scripts/rent-flat.yaml)
#   CALLS   calls at once (1)
#   REPLY_MODE  how the agent speaks: stream or play (stream)
#   WORKERS workers in each pool (2 when there are several calls)
#   OUT     where the results go (var/demo)
#   PORT, ADMIN_PORT, REST_PORT  the first port to try for each (8080, 9090, 8880)
#   CALL_TIMEOUT, READY_TIMEOUT  in seconds (300, 60)
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/scripts/common.sh
. deploy/scripts/common.sh

out=${OUT:-var/demo}
log=$out/log
script=${SCRIPT:-Tests/TwilioSimulator/Scripts/rent-flat.yaml}
calls=${CALLS:-1}
workers=${WORKERS:-$((calls > 1 ? 2 : 1))}
reply_mode=${REPLY_MODE:-stream}

# The database's own words about the calls of this run; the only SQL outside the crm-worker.
report_sql="
  SELECT 'lead:    ' || fields::text FROM leads ORDER BY call_id;
  SELECT 'summary: ' || coalesce(summary, '(none)') FROM calls ORDER BY id;"

limit=${CALL_TIMEOUT:-300}
[[ "$calls" =~ ^[1-9][0-9]*$ ]] || die "CALLS is \"$calls\"; use a number from 1."
[[ "$workers" =~ ^[1-9][0-9]?$ ]] || die "WORKERS is \"$workers\"; use a number from 1 to 64."
[ -r "$script" ] || die "There is no script $script. Name one with SCRIPT=…"
[ "$(df --output=avail --block-size=1M . | tail -n 1)" -ge 300 ] || die "Less than 300 MB are free here. Make room and try again."

# shellcheck disable=SC2317 # called by the trap
finish() {
  local code=$?
  trap '' INT TERM HUP
  if [ -n "${simulator:-}" ]; then kill -TERM "$simulator" 2>/dev/null || true; fi
  stop_fleet
  stop_database || code=1
  remove_bus
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

find_programs
# A demo shows this run and nothing older.
deploy/scripts/postgres.sh remove "$out"
rm -rf "$out"
mkdir -p "$log"

PORT=$(free_port "${PORT:-8080}")
ADMIN_PORT=$(free_port "${ADMIN_PORT:-9090}")
MAANE_STATE_DIR=$out/state
# Embedded providers, whatever the shell has set: no account, no key, no network.
own_machine
# The account's REST interface is the simulator's.
rest_port=$(free_port "${REST_PORT:-8880}")
export TWILIO_API_BASE_URL=http://127.0.0.1:$rest_port
export PORT ADMIN_PORT MAANE_STATE_DIR MAANE_TRACE_DIR=$out/trace LOG_TRANSCRIPTS=true REPLY_MODE=$reply_mode ASR_PROVIDERS=local DIALOG_PROVIDERS=local TTS_PROVIDERS=local
fleet_environment "$MAANE_STATE_DIR"
start_database "$out"
start_fleet --workers "asr=$workers,dialog=$workers,tts=$workers,crm=$workers" --log-dir "$log" --host 127.0.0.1 2>"$log/supervisor.log"
wait_ready "${READY_TIMEOUT:-60}" "$log"

arguments=(
  --base-url "$PUBLIC_BASE_URL" --loopback --rest-port "$rest_port"
  --account-sid "$TWILIO_ACCOUNT_SID" --auth-token "$TWILIO_AUTH_TOKEN"
  --script "$script" --voice "${VOICE:-he+m3}" --calls "$calls" --out "$out"
  --maximum-seconds "$limit" --events "$MAANE_BUS"
)
# Several conversations at once would be unreadable.
if [ "$calls" = 1 ]; then arguments+=(--console); fi
# The simulator keeps the limit itself; this is for the case that it hangs.
timeout --kill-after=10 $((limit + 30)) "$programs/twilio-simulator" call "${arguments[@]}" &
simulator=$!
code=0
wait "$simulator" || code=$?
simulator=''

printf '\n'
for recording in "$out"/call.wav "$out"/*/call.wav; do
  if [ -e "$recording" ]; then printf 'recording (caller left, agent right): %s\n' "$recording"; fi
done
psql=$(command -v psql || compgen -G '/usr/lib/postgresql/*/bin/psql' | sort --version-sort | tail -n 1)
"$psql" --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$DATABASE_URL" --command="$report_sql" || report_code=$?
if [ "${report_code:-0}" != 0 ] && [ "$code" = 0 ]; then code=1; fi
[ "$code" = 0 ] || printf 'The demo failed (code %s); the logs are in %s.\n' "$code" "$log" >&2
exit "$code"
