#!/usr/bin/env bash
# The whole suite: packages, one build, the fast tests, then the tests with real processes, one at a time.
# With arguments, they go to `swift test` instead, for instance: test.sh --filter CallTests
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/scripts/common.sh
. deploy/scripts/common.sh

deploy/scripts/deps.sh

# shellcheck disable=SC2317 # called by the trap
finish() {
  local code=$?
  trap '' INT TERM HUP
  stop_database || code=1
  if [ -s var/test/unsteady ]; then printf '\nPassed only the second time, alone: %s\n' "$(cat var/test/unsteady)"; fi
  if [ "$code" = 0 ]; then
    printf '\nAll tests passed in %s s.\n' "$SECONDS"
  else
    printf '\nThe tests FAILED (code %s) after %s s.\n' "$code" "$SECONDS" >&2
  fi
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

swift build --build-tests
# A cluster of our own even when the shell names a database: tests write what they like.
unset DATABASE_URL
start_database var/test
rm -f var/test/unsteady
export SWIFT_BACKTRACE=enable=no

# One phase of the suite, by the test program itself: `swift test` lets one at a time run. What hangs is ended long before whoever waits for the
# suite gives up, and the last line names it: no line is kept in a buffer.
suite=$(swift build --show-bin-path)/maanePackageTests.xctest
phase() {
  local limit=$1 code=0
  shift
  timeout --foreground --kill-after=20 "$limit" stdbuf --output=L --error=L "$suite" --testing-library swift-testing "$@" || code=$?
  if [ "$code" = 124 ] || [ "$code" = 137 ]; then printf 'No end after %s s: the last test that started hangs.\n' "$limit" >&2; fi
  return "$code"
}

# A phase of real processes on a real clock. A machine that was busy with something else for a second can break an expectation in it: up to three
# tests that failed are run once more, alone. What passes then is named in the last lines, so that nobody overlooks it. A program that
# died or hung, and every test of values, has no second chance.
timed() {
  local limit=$1 log code=0 failed
  shift
  log=$(mktemp var/test/phase-XXXXXX.log)
  phase "$limit" --no-parallel "$@" 2>&1 | tee "$log" || code=$?
  if [ "$code" = 0 ] || [ "$code" = 124 ] || [ "$code" -gt 127 ]; then return "$code"; fi
  # With or without colours.
  failed=$(sed -E 's/\x1b\[[0-9;]*m//g' "$log" | sed -nE 's/^✘ Test ([A-Za-z0-9_]+)\(.*\) (with [0-9]+ test cases? )?failed after .*/\1/p' | sort -u)
  if [ -z "$failed" ] || [ "$(wc -l <<<"$failed")" -gt 3 ]; then return "$code"; fi
  printf '\nOnce more, alone: %s\n' "$(tr '\n' ' ' <<<"$failed")"
  phase 600 --no-parallel --filter "/($(paste -sd'|' <<<"$failed"))\(" 2>&1 || return $?
  tr '\n' ' ' <<<"$failed" >>var/test/unsteady
}

# Phases beside each other, each in a process of its own and serial in itself; what they say comes when they have ended.
beside() {
  local filter pids=() logs=() code=0 index=0
  for filter in "$@"; do
    index=$((index + 1))
    logs+=("var/test/beside-$index.log")
    timed 900 --filter "$filter" >"var/test/beside-$index.log" 2>&1 &
    pids+=($!)
  done
  for index in "${!pids[@]}"; do
    wait "${pids[$index]}" || code=$?
    cat "${logs[$index]}"
  done
  return "$code"
}

if [ "$#" -gt 0 ]; then
  swift test --skip-build "$@"
else
  values='ASRWorkerTests|AudioTests|BusinessTests|CallEngineTests|ChaosTests|ConversationsTests|DialogWorkerTests|GatewayTests|GoogleWireTests|HebrewTests|ProviderKitTests|ServiceKitTests|SigningTests|TwilioWireTests'
  # What mostly waits, for calls in real time or for providers that are slow on command.
  waiting=('IntegrationTests\.DemoTests' 'ASRProviderTests\.' '(ASRGoogle|TTSGoogle)Tests\.' '(DialogProvider|TTSProvider)Tests\.')
  deploy/scripts/fakes-venv.sh >/dev/null
  phase 600 --filter "($values)\."
  # The others wait for real threads, sockets, databases and programs: one at a time, or they would wait for each other.
  timed 1800 --skip "($values)\.|$(IFS='|' && printf '%s' "${waiting[*]}")"
  beside "${waiting[@]}"
fi
