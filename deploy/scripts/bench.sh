#!/usr/bin/env bash
# Delay, losses and cost with the bench providers, at each number of calls of N (1 10). The reports are in var/bench.
#   UTTERANCES      of each call (10)
#   SERVER_CALLS    calls under which a frame's CPU is measured (400)
#   WEBHOOK_CALLS   calls beside which webhooks are timed (100), at WEBHOOKS a second (200)
#   SERVER_SECONDS  of each of these two (10)
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/scripts/common.sh
. deploy/scripts/common.sh

out=var/bench
silence=${ENDPOINT_SILENCE_MS:-200}

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

# "name pid cpu-ticks rss-kB" of every process of the fleet.
sample() {
  local name pid rest
  "$programs/maane-supervisor" --print-pids | while read -r name pid rest; do
    [ -r "/proc/$pid/stat" ] || continue
    # The second field is a name in parentheses, which may hold spaces.
    printf '%s %s %s %s\n' "$name" "$pid" "$(sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }')" \
      "$(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status")"
  done
}

# A fleet of its own under $1 calls and $2 webhooks a second.
server() {
  local log=$out/log-server-$1-$2 name pid rest
  local processes=()
  mkdir -p "$log"
  start_fleet --log-dir "$log" --host 127.0.0.1 2>"$log/supervisor.log"
  wait_ready "${READY_TIMEOUT:-60}" "$log"
  while read -r name pid rest; do processes+=(--process "$name=$pid"); done < <("$programs/maane-supervisor" --print-pids)
  timeout --kill-after=10 600 "$programs/maane-benchmarks" server --port "$PORT" --account-sid "$TWILIO_ACCOUNT_SID" \
    --auth-token "$TWILIO_AUTH_TOKEN" --calls "$1" --webhooks "$2" --seconds "${SERVER_SECONDS:-10}" "${processes[@]}" || code=$?
  stop_fleet
}

find_programs
deploy/scripts/postgres.sh remove "$out"
rm -rf "$out"
PORT=$(free_port "${PORT:-8080}")
ADMIN_PORT=$(free_port "${ADMIN_PORT:-9090}")
MAANE_STATE_DIR=$out/state
own_machine
export PORT ADMIN_PORT MAANE_STATE_DIR ENDPOINT_SILENCE_MS=$silence
export ASR_PROVIDERS=energy DIALOG_PROVIDERS=fixed TTS_PROVIDERS=tone
fleet_environment "$MAANE_STATE_DIR"
start_database "$out"

code=0
for calls in ${N:-1 10}; do
  log=$out/log-$calls
  mkdir -p "$log"
  # A fleet of its own for each number, so that memory is that number's.
  start_fleet --log-dir "$log" --host 127.0.0.1 2>"$log/supervisor.log"
  wait_ready "${READY_TIMEOUT:-60}" "$log"
  sample >"$out/before"
  begin=$(date +%s%N)
  printf '\n%s calls at once\n' "$calls"
  timeout --kill-after=10 600 "$programs/twilio-simulator" load --base-url "$PUBLIC_BASE_URL" --loopback \
    --account-sid "$TWILIO_ACCOUNT_SID" --auth-token "$TWILIO_AUTH_TOKEN" \
    --calls "$calls" --utterances "${UTTERANCES:-10}" --silence-rule-ms "$silence" --json "$out/load-$calls.json" &
  simulator=$!
  wait "$simulator" || code=$?
  simulator=''
  end=$(date +%s%N)
  sample >"$out/after"
  # A process that was restarted in between has another pid, and no honest number.
  awk -v ticks="$(getconf CLK_TCK)" -v minutes="$(((end - begin) / 1000000))" -v calls="$calls" '
    BEGIN { minutes = minutes / 60000 * calls; printf "%-10s %24s %10s\n", "process", "CPU s per call-minute", "RSS MB" }
    NR == FNR { cpu[$1 " " $2] = $3; next }
    ($1 " " $2) in cpu { printf "%-10s %24.3f %10.1f\n", $1, ($3 - cpu[$1 " " $2]) / ticks / minutes, $4 / 1024; next }
    { printf "%-10s %24s %10.1f\n", $1, "restarted", $4 / 1024 }' "$out/before" "$out/after" | tee "$out/processes-$calls.txt"
  stop_fleet
done
printf '\nThe whole gateway\n'
# All calls come from one address, and more of them than a gateway takes by itself.
export MAANE_MAX_CALLS=5000
server "${SERVER_CALLS:-400}" 0
server "${WEBHOOK_CALLS:-100}" "${WEBHOOKS:-200}"
deploy/scripts/callgrind.sh || code=$?
printf '\nThe bus alone\n'
"$programs/maane-benchmarks" bus || code=$?
printf '\nThe recognisers elsewhere: what our side of the wire adds\n'
"$programs/maane-benchmarks" recognisers || code=$?
printf '\nThe journal alone\n'
"$programs/maane-benchmarks" journal --directory "$out/journal" || code=$?
exit "$code"
