#!/usr/bin/env bash
# Asks each configured provider once: the voices say a sentence, the recognisers hear it, the models answer it.
# Settings come from the environment and the file named by MAANE_CONFIG, as for the fleet. RECORDING=file.wav lets the recognisers hear another one.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/scripts/common.sh
. deploy/scripts/common.sh

find_programs
folder=var/check
mkdir -p "$folder"
export MAANE_BUSINESSES="${MAANE_BUSINESSES:-$PWD/deploy/businesses}"
export MAANE_STATE_DIR="${MAANE_STATE_DIR:-$PWD/$folder}"

code=0
printf '%-8s%-18s%-8s%-10s\n' stage provider result delay
"$programs/tts-worker" check "$folder/sentence.wav" || code=1
"$programs/asr-worker" check "${RECORDING:-$folder/sentence.wav}" || code=1
"$programs/dialog-worker" check || code=1
if [ "$code" = 0 ]; then
  printf 'Every provider works. The sentence is in %s.\n' "$folder/sentence.wav"
else
  printf 'Not every provider works; calls go to the others of the same stage.\n' >&2
fi
exit "$code"
