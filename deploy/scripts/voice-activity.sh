#!/usr/bin/env bash
# The table of voice activity: the product's detector, libspeexdsp's, WebRTC's and Silero's on the same labelled telephone lines, which are made
# in the run. Table, JSON and lines are in var/voice-activity.
#   REPEATS  lines of each voice and condition (2)
#   SEED     of voices, pauses and noises (1)
# WebRTC's and Silero's come from Python packages in var/voice-activity-venv; where they cannot be had, the table has the other two and says so.
set -euo pipefail
cd "$(dirname "$0")/../.."

# A Python with what Tests/VoiceActivity/requirements.txt names; prints its path.
python() {
  local wanted=Tests/VoiceActivity/requirements.txt venv=var/voice-activity-venv
  local python=$PWD/$venv/bin/python
  # The list is copied beside it last, so that an environment that was left half made is made anew.
  if ! cmp --silent "$wanted" "$venv/requirements.txt"; then
    rm -rf "$venv"
    { /usr/bin/python3 -m venv "$venv" &&
      "$python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$wanted"; } >&2 || return 1
    cp "$wanted" "$venv/requirements.txt"
  fi
  printf '%s\n' "$python"
}

mkdir -p var
exec 9>var/voice-activity.lock
flock --timeout 600 9 || { echo "Another $0 does not end. End it and try again." >&2; exit 1; }
options=(--out var/voice-activity --repeats "${REPEATS:-2}" --seed "${SEED:-1}")
if python=$(python); then
  options+=(--python "$python")
else
  echo "$0: no WebRTC and no Silero: their packages could not be installed, the message is above." >&2
fi
rm -rf var/voice-activity
swift build --configuration release --product maane-voice-activity >&2
# libspeexdsp apologises for its detector each time that one is made.
"$(swift build --configuration release --show-bin-path)/maane-voice-activity" "${options[@]}" 2> >(grep --invert-match 'The VAD has been replaced' >&2)
