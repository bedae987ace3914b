#!/usr/bin/env bash
# Compares the Hebrew library with public ones: the calendar with pyluach, hdate and astral, telephone numbers with phonenumbers. Ends with 1 where
# they differ. Uses a Python environment of its own in var/hebrew-references.
#   YEARS  first and last year of the calendar ("2020 2035")
set -euo pipefail
cd "$(dirname "$0")/../.."

read -r first last <<<"${YEARS:-2020 2035}"
venv=var/hebrew-references
wanted=Tests/HebrewTests/references-requirements.txt
mkdir -p var
if ! cmp --silent "$wanted" "$venv/requirements.txt"; then
  rm -rf "$venv"
  # pyluach and hdate need a newer Python than Debian 12 may have on PATH first: any 3.10 or later will do.
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
  cp "$wanted" "$venv/requirements.txt"
fi
hebrew=${HEBREW:-}
if [ -z "$hebrew" ]; then
  swift build --product hebrew >&2
  hebrew=$(swift build --show-bin-path)/hebrew
fi

result=0
printf 'Calendar, %s to %s\n' "$first" "$last"
"$hebrew" calendar --from "$first-01-01" --to "$last-12-31" | "$venv/bin/python" deploy/scripts/hebrew-calendar.py || result=1
printf 'Telephone numbers\n'
answers=$(mktemp "${TMPDIR:-/tmp}/hebrew-phones.XXXXXX")
trap 'rm -f "$answers"' EXIT
"$venv/bin/python" deploy/scripts/hebrew-phones.py numbers | "$hebrew" phone >"$answers"
"$venv/bin/python" deploy/scripts/hebrew-phones.py check "$answers" || result=1
exit $result
