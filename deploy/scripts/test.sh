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
export SWIFT_BACKTRACE=enable=no

# One phase of the suite. What hangs is ended long before whoever waits for the suite gives up, and the last line names it: no line is
# kept in a buffer.
phase() {
  local limit=$1 code=0
  shift
  timeout --foreground --kill-after=20 "$limit" stdbuf --output=L --error=L swift test --skip-build "$@" || code=$?
  if [ "$code" = 124 ] || [ "$code" = 137 ]; then printf 'No end after %s s: the last test that started hangs.\n' "$limit" >&2; fi
  return "$code"
}

if [ "$#" -gt 0 ]; then
  swift test --skip-build "$@"
else
  values='ASRWorkerTests|AudioTests|BusinessTests|CallEngineTests|ChaosTests|DialogWorkerTests|GatewayTests|GoogleWireTests|HebrewTests|ProviderKitTests|ServiceKitTests|SigningTests|TwilioWireTests'
  # Calls in real time that mostly wait: beside each other.
  calls='IntegrationTests\.DemoTests'
  phase 600 --filter "($values)\."
  # The others wait for real threads, sockets, databases and programs: one at a time, or they would wait for each other.
  phase 1800 --no-parallel --skip "($values)\.|$calls"
  phase 600 --filter "$calls"
fi
