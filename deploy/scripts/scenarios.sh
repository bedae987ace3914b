#!/usr/bin/env bash
# Calls that go wrong on command (Tests/TwilioSimulator/Scenarios), each against a fleet that was started as the scenario needs it.
# With arguments, only those files. Reports, recordings and logs are in var/scenarios (OUT).
#   JOBS    scenarios at once against one fleet (6)
#   FLEETS  at once (5)
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/scripts/common.sh
. deploy/scripts/common.sh

out=${OUT:-var/scenarios}

# shellcheck disable=SC2317 # called by the trap
finish() {
  local code=$?
  trap '' INT TERM HUP
  if [ -n "${simulator:-}" ]; then kill -TERM "$simulator" 2>/dev/null || true; fi
  # The top script's are fleets with all that belongs to them.
  if [ -z "${group:-}" ]; then
    mapfile -t groups < <(jobs -p)
    if [ "${#groups[@]}" -gt 0 ]; then kill -TERM "${groups[@]}" 2>/dev/null || true; fi
    wait || true
  fi
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
mkdir -p "$out"
[ "$#" -gt 0 ] || set -- Tests/TwilioSimulator/Scenarios/*.yaml
export SWIFT_BACKTRACE=enable=no
first_port=${PORT:-8080}
first_admin_port=${ADMIN_PORT:-9090}
own_machine
start_database "$out"

# One line for each scenario: its file and what it needs, with tabs between. Those of equal needs share a fleet.
"$programs/twilio-simulator" scenario --list --account-sid AC0 --auth-token 0 "$@" >"$out/needs"
cut -f 2- "$out/needs" | sort -u >"$out/groups"

# The example's business, changed as the group wants it: `business.<field>[.<field>]=value` replaces or adds a field at the top.
businesses() {
  local folder=$1 need field value
  shift
  mkdir -p "$folder"
  cp deploy/businesses/*.yaml "$folder"
  for need in "$@"; do
    [[ "$need" == business.* ]] || continue
    field=${need%%=*}
    field=${field#business.}
    value=${need#*=}
    for file in "$folder"/*.yaml; do
      sed -i "/^${field%%.*}:/d" "$file"
      if [[ "$field" == *.* ]]; then
        printf '%s:\n  %s: "%s"\n' "${field%%.*}" "${field#*.}" "$value" >>"$file"
      else
        printf '%s: %s\n' "$field" "$value" >>"$file"
      fi
    done
  done
}

# The command that sends a signal to a process of the fleet: strike PROCESS SIGNAL.
strike() {
  printf '%s' "$programs/maane-supervisor --print-pids | awk '\$1 == \"$1\" { print \$2 }' | xargs kill -$2"
}

# run_group NUMBER NEED…: a fleet of its own for the scenarios with exactly these needs; in a subshell.
run_group() {
  local number=$1 folder=$out/fleet-$1 rest_port code=0
  group=yes
  shift
  local needs
  needs=$(IFS=$'\t'; printf '%s' "$*")
  mkdir -p "$folder/log"
  mapfile -t files < <(awk -F '\t' -v needs="$needs" '{ file = $1; sub(/^[^\t]*\t?/, ""); if ($0 == needs) print file }' "$out/needs")
  PORT=$(free_port $((first_port + 20 * number)))
  ADMIN_PORT=$(free_port $((first_admin_port + 20 * number)))
  rest_port=$(free_port $((PORT + 7)))
  MAANE_STATE_DIR=$folder/state
  MAANE_BUSINESSES=$folder/businesses
  export PORT ADMIN_PORT MAANE_STATE_DIR MAANE_BUSINESSES TWILIO_API_BASE_URL=http://127.0.0.1:$rest_port
  businesses "$MAANE_BUSINESSES" "$@"
  for need in "$@"; do
    if [[ "$need" != business.* ]]; then export "${need?}"; fi
  done
  fleet_environment "$MAANE_STATE_DIR"
  start_fleet --log-dir "$folder/log" --host 127.0.0.1 2>"$folder/log/supervisor.log"
  wait_ready "${READY_TIMEOUT:-60}" "$folder/log"
  local arguments=(--base-url "http://127.0.0.1:$PORT" --public-base-url "$PUBLIC_BASE_URL" --rest-port "$rest_port"
    --account-sid "$TWILIO_ACCOUNT_SID" --auth-token "$TWILIO_AUTH_TOKEN" --out "$out/calls" --jobs "${JOBS:-6}"
    --do "restart-gateway=$(strike gateway TERM)" --do "kill-gateway=$(strike gateway KILL)"
    --do "stop-tts=sleep 1.1; $(strike tts-1 STOP); sleep 3; $(strike tts-1 CONT)")
  if [[ "$PUBLIC_BASE_URL" == https:* ]]; then arguments+=(--tls); else arguments+=(--loopback); fi
  printf '\n=== %s\n' "$needs"
  "$programs/twilio-simulator" scenario "${arguments[@]}" "${files[@]}" &
  simulator=$!
  wait "$simulator" || code=$?
  simulator=''
  stop_fleet
  remove_bus
  return "$code"
}

failed=0
number=0
running=0
# Waits for one of the fleets that run.
wait_one() {
  wait -n || failed=$((failed + 1))
  running=$((running - 1))
}
while IFS= read -r line; do
  IFS=$'\t' read -r -a needs <<<"$line"
  number=$((number + 1))
  if [ "$running" -ge "${FLEETS:-5}" ]; then wait_one; fi
  (database_directory='' && trap finish EXIT && run_group "$number" "${needs[@]}") </dev/null >"$out/report-$number.txt" 2>&1 &
  running=$((running + 1))
done <"$out/groups"
while [ "$running" -gt 0 ]; do wait_one; done
for ((report = 1; report <= number; report++)); do cat "$out/report-$report.txt"; done
printf '\n'
[ "$failed" = 0 ] || die "Scenarios of $failed of $number fleets failed; see $out/calls and $out/fleet-*/log."
printf 'All scenarios passed.\n'
