#!/usr/bin/env bash
# Delay, losses and cost under callers who converse: with the bench providers, which cost nothing, at each number of calls of N; and with providers
# that are as late as real ones. Then parts alone. The reports are in var/bench; some 15 minutes.
#   N               calls at once, a fleet of its own for each (1 10 50 100 200 400)
#   SECONDS_OF_TALK of each (35)
#   PROFILES        providers that are imitated, one after the other (fast google)
#   PROFILE_N       calls at once with them (10 100)
#   PARTS           0: nothing but these two tables (1)
#   SERVER_CALLS    calls under which a frame's CPU is measured (400)
#   WEBHOOK_CALLS   calls beside which webhooks are timed (100), at WEBHOOKS a second (200)
#   SERVER_SECONDS  of each of these two (10)
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/scripts/common.sh
. deploy/scripts/common.sh

out=${OUT:-var/bench}
silence=${ENDPOINT_SILENCE_MS:-200}

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
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Gives the session of process $1 the precedence of this script, if it has one (`nice -n -10 make bench`): the kernel may divide the processors
# among sessions first, and only within them by nice.
precede() {
  if [ "$(nice)" -lt 0 ]; then nice 2>/dev/null >"/proc/$1/autogroup" || true; fi
}

# Sets processes to options that name every process of the fleet, its supervisor last.
name_processes() {
  local name pid rest
  processes=()
  while read -r name pid rest; do processes+=(--process "$name=$pid"); done < <("$programs/maane-supervisor" --print-pids)
  processes+=(--process "supervisor=$fleet")
}

# Runs the benchmark $1 with what else is given, in the background so that a signal reaches the trap at once.
measure() {
  local result=0
  setsid setpriv --pdeathsig TERM -- timeout --kill-after=10 600 "$programs/maane-benchmarks" "$1" --port "$PORT" --account-sid "$TWILIO_ACCOUNT_SID" \
    --auth-token "$TWILIO_AUTH_TOKEN" "${@:2}" "${processes[@]}" &
  callers=$!
  # By then it has its session.
  sleep 0.2
  precede "$callers"
  wait "$callers" || result=$?
  callers=''
  [ "$result" = 0 ] || code=$result
}

# A fleet of its own for $1 (its logs' name), so that its memory is that run's.
begin_fleet() {
  log=$out/log-$1
  mkdir -p "$log"
  start_fleet --log-dir "$log" --host 127.0.0.1 2>"$log/supervisor.log"
  wait_ready "${READY_TIMEOUT:-60}" "$log"
  precede "$fleet"
  name_processes
}

# Ends the fleet of the calls since $1, and prints where their milliseconds went into $2.
end_fleet() {
  # What is on its way to the database arrives within moments.
  sleep 2
  stop_fleet
  printf '  stages given up %s, fillers %s\n' "$(grep -c STAGE_LATE "$log/gateway.log" || true)" "$(grep -c FILLER "$log/gateway.log" || true)"
  psql -X -q -d "$DATABASE_URL" -v since="$1" -f deploy/scripts/turn-stages.sql | tee "$2"
}

# What the gateway counted, if it says whether replies were begun before the final transcript.
preemptions() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  timeout 3 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n" >&3 && cat <&3' - "$ADMIN_PORT" 2>/dev/null |
    tr -d '\r' | sed -n '/^[^#]*preempt/s/^/  /p' || true
}

find_programs
deploy/scripts/postgres.sh remove "$out"
rm -rf "$out"
mkdir -p "$out/scripts"
PORT=$(free_port "${PORT:-8080}")
ADMIN_PORT=$(free_port "${ADMIN_PORT:-9090}")
MAANE_STATE_DIR=$out/state
own_machine
MAANE_SCRIPTED_DIR=$(realpath "$out/scripts")
# All calls come from one address, and more of them than a gateway takes by itself.
export PORT ADMIN_PORT MAANE_STATE_DIR MAANE_SCRIPTED_DIR MAANE_MAX_CALLS=5000
fleet_environment "$MAANE_STATE_DIR"
start_database "$out"

code=0
reports=()
for calls in ${N:-1 10 50 100 200 400}; do
  printf '\n'
  export ENDPOINT_SILENCE_MS=$silence ASR_PROVIDERS=energy DIALOG_PROVIDERS=fixed TTS_PROVIDERS=tone
  since=$(date --utc '+%F %T+00')
  begin_fleet "$calls"
  measure load --calls "$calls" --seconds "${SECONDS_OF_TALK:-35}" --silence-rule-ms "$silence" --json "$out/load-$calls.json"
  end_fleet "$since" "$out/stages-$calls.txt"
  reports+=("$out/load-$calls.json")
done
# The gateway's own rules of when a turn is over, and nothing taken off.
unset ENDPOINT_SILENCE_MS
for profile in ${PROFILES-fast google}; do
  for calls in ${PROFILE_N:-10 100}; do
    printf '\n'
    export MAANE_PROFILE=$profile ASR_PROVIDERS=profile DIALOG_PROVIDERS=profile TTS_PROVIDERS=profile
    since=$(date --utc '+%F %T+00')
    begin_fleet "$profile-$calls"
    measure load --calls "$calls" --seconds "${SECONDS_OF_TALK:-35}" --profile "$profile" --scripts "$MAANE_SCRIPTED_DIR" \
      --patience-ms 10000 --json "$out/load-$profile-$calls.json"
    preemptions
    end_fleet "$since" "$out/stages-$profile-$calls.txt"
    reports+=("$out/load-$profile-$calls.json")
  done
done
printf '\nMilliseconds from the last voiced frame to the first sound, less %s ms of silence with providers that cost nothing\n' "$silence"
"$programs/maane-benchmarks" table "${reports[@]}" | tee "$out/table.txt"
[ "${PARTS:-1}" != 0 ] || exit "$code"

export ENDPOINT_SILENCE_MS=$silence ASR_PROVIDERS=energy DIALOG_PROVIDERS=fixed TTS_PROVIDERS=tone
printf '\nThe whole gateway\n'
begin_fleet "server-${SERVER_CALLS:-400}-0"
measure server --calls "${SERVER_CALLS:-400}" --webhooks 0 --seconds "${SERVER_SECONDS:-10}"
stop_fleet
begin_fleet "server-${WEBHOOK_CALLS:-100}-${WEBHOOKS:-200}"
measure server --calls "${WEBHOOK_CALLS:-100}" --webhooks "${WEBHOOKS:-200}" --seconds "${SERVER_SECONDS:-10}"
stop_fleet
deploy/scripts/callgrind.sh || code=$?
printf '\nThe bus alone\n'
"$programs/maane-benchmarks" bus || code=$?
printf '\nThe recognisers elsewhere: what our side of the wire adds\n'
"$programs/maane-benchmarks" recognisers || code=$?
printf '\nThe journal alone\n'
"$programs/maane-benchmarks" journal --directory "$out/journal" || code=$?
exit "$code"
