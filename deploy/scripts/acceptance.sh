#!/usr/bin/env bash
# The questions that an operator asks a started fleet from outside, with curl and two simulated calls: the TwiML, the MP3s, the media socket, the
# callbacks, the log's names, the watchdog. Starts a fleet of its own and stops it; results and logs are in var/acceptance (OUT).
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/scripts/common.sh
. deploy/scripts/common.sh

out=${OUT:-var/acceptance}
log=$out/log

# shellcheck disable=SC2317 # called by the trap
finish() {
  local code=$?
  trap '' INT TERM HUP
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
mkdir -p "$log"
own_machine
PORT=$(free_port "${PORT:-8080}")
ADMIN_PORT=$(free_port "${ADMIN_PORT:-9090}")
MAANE_STATE_DIR=$out/state
rest_port=$(free_port 8880)
export PORT ADMIN_PORT MAANE_STATE_DIR TWILIO_API_BASE_URL=http://127.0.0.1:$rest_port
export ASR_PROVIDERS=tones DIALOG_PROVIDERS=echo TTS_PROVIDERS=tone
# curl signs nothing.
export TWILIO_VALIDATE_SIGNATURE=off
fleet_environment "$MAANE_STATE_DIR"
start_database "$out"
start_fleet --log-dir "$log" --host 127.0.0.1 2>"$log/supervisor.log"
wait_ready "${READY_TIMEOUT:-60}" "$log"

failures=0
# check NAME COMMAND…: says whether it succeeds.
check() {
  local name=$1
  shift
  if "$@" >"$out/check.txt" 2>&1; then
    printf 'ok      %s\n' "$name"
  else
    printf 'FAILED  %s\n' "$name"
    sed 's/^/        | /' "$out/check.txt" | head -n 40
    failures=$((failures + 1))
  fi
}

twiml() {
  local document
  document=$(curl -fsS "$PUBLIC_BASE_URL/webhook/incoming_call")
  printf '%s\n' "$document"
  grep -q '<Play>' <<<"$document" && grep -q '<Connect action="[^"]*/webhook/stream_ended"' <<<"$document" \
    && grep -q '<Stream url="ws[^"]*/ws/twilio-media"' <<<"$document" && grep -q 'name="token"' <<<"$document" && ! grep -q '<Say' <<<"$document"
}

mp3() {
  local head
  head=$(curl -fsSI "$PUBLIC_BASE_URL/static/tts/$1" | tr -d '\r')
  printf '%s\n' "$head"
  grep -q '^HTTP/1.1 200' <<<"$head" && grep -qi '^content-type: audio/mpeg$' <<<"$head"
}

handshake() {
  local status
  status=$(curl -s -o /dev/null -w '%{http_code}' --max-time 2 --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
    -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' "$PUBLIC_BASE_URL$1" || true)
  printf '%s\n' "$status"
  [ "$status" = 101 ]
}

status() {
  local code
  code=$(curl -s -o /dev/null -w '%{http_code}' -X POST -d "CallSid=CA$(random_hex 16)" -d "$2" "$PUBLIC_BASE_URL/webhook/$1")
  printf '%s\n' "$code"
  [ "$code" = 204 ]
}

scenario() {
  "$programs/twilio-simulator" scenario --base-url "$PUBLIC_BASE_URL" --loopback --rest-port "$rest_port" \
    --account-sid "$TWILIO_ACCOUNT_SID" --auth-token "$TWILIO_AUTH_TOKEN" --out "$out/calls" "Tests/TwilioSimulator/Scenarios/$1.yaml"
}

logged() {
  grep -h -e " $1\$" -e "\] $1" "$log"/gateway*.log
}

check 'incoming_call: Play, Connect with action, Stream with token, no Say' twiml
check 'greeting_he.mp3' mp3 greeting_he.mp3
check 'fallback_he.mp3' mp3 fallback_he.mp3
check '101 on /ws/twilio-media' handshake /ws/twilio-media
check '101 on /ws/twilio-media/' handshake /ws/twilio-media/
check 'call_status 204' status call_status CallStatus=completed
check 'stream_status 204' status stream_status StreamEvent=stream-started
check 'recording_status 204' status recording_status RecordingStatus=in-progress
check 'a call of three rounds' scenario three-rounds
for name in WS_START HEBREW_SPEECH PING_PONG_TX CALL_STATUS CALL_ENDED; do check "$name in the log" logged "$name"; done
check 'the socket never comes: the recording, within its limit' scenario socket-never-comes
check 'WATCHDOG_REDIRECT in the log' logged WATCHDOG_REDIRECT
[ "$failures" = 0 ] || die "$failures checks failed; logs are in $log."
printf 'All is as it should be.\n'
