#!/usr/bin/env bash
# The table of the embedded recogniser: every expected answer of the example business, spoken by eight voices at three speeds.
#   EVERY  takes every so manieth utterance (24: each phrasing once, some minutes; 1: all of them, hours)
# What was heard goes to var/hearing/hearing.json. Ends with 0 when the goals hold, with 1 when they do not.
set -euo pipefail
cd "$(dirname "$0")/../.."

swift build --configuration release --product maane-hearing >&2
mkdir -p var/hearing
"$(swift build --configuration release --show-bin-path)/maane-hearing" --every "${EVERY:-24}"
