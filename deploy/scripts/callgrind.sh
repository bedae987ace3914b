#!/usr/bin/env bash
# Instructions of our own code for one inbound frame: parsed, heard, published to a bus that goes nowhere. Counted by callgrind, so that the
# figure is the same on a busy machine.
#   FRAMES  of the smaller run (2000); the larger has twice as many, and their difference is what a frame costs
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/scripts/common.sh
. deploy/scripts/common.sh

if ! command -v valgrind >/dev/null || ! command -v strip >/dev/null; then
  printf "Instructions per frame: not counted, valgrind or strip is not installed.\n"
  exit 0
fi
find_programs
frames=${FRAMES:-2000}
out=$(mktemp --directory "${TMPDIR:-/tmp}/maane-callgrind.XXXXXX")
trap 'rm -rf "$out"' EXIT

# Old versions of valgrind stumble over the compiler's debugging information.
strip --strip-debug -o "$out/frame-probe" "$programs/frame-probe"

# Instructions of a whole run of $1 frames.
instructions() {
  valgrind --tool=callgrind --callgrind-out-file="$out/$1" "$out/frame-probe" --frames "$1" 2>"$out/log" >/dev/null ||
    die "valgrind failed: $(tail -n 3 "$out/log")"
  sed -n "s/.*Collected : \([0-9]*\).*/\1/p" "$out/log"
}

fewer=$(instructions "$frames")
more=$(instructions "$((2 * frames))")
printf "Instructions per frame: %s\n" "$(((more - fewer) / frames))"
