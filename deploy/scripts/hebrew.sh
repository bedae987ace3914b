#!/usr/bin/env bash
# The figures of docs/HEBREW.md.
#   CHECKS  some of: corpus roundtrips comparison references speed fuzz ("corpus roundtrips comparison references speed"; fuzz takes 40 minutes)
# Ends with 1 if one of them fails. Comparison and references use Python environments of their own in var.
set -euo pipefail
cd "$(dirname "$0")/../.."

read -r -a checks <<<"${CHECKS:-corpus roundtrips comparison references speed}"
failed=''

tests() { swift test --filter "HebrewTests\.($1)" 2>&1 | grep -E '✘|recorded an issue|Test run with|error:|cases' || true; return "${PIPESTATUS[0]}"; }

built() {
  swift build --configuration "$1" --product hebrew >&2
  printf '%s/hebrew' "$(swift build --configuration "$1" --show-bin-path)"
}

# Lines of cases, without the comments and the first line that names the columns.
cases() { cat "$@" | grep -vc -e '^# ' -e '^kind' -e '^$'; }

check() {
  case "$1" in
  corpus)
    printf 'spoken form: %s cases; understanding: %s cases\n' "$(cases Tests/HebrewTests/Fixtures/spoken-*.tsv)" \
      "$(cases Tests/HebrewTests/Fixtures/understand-*.tsv)"
    tests 'SpokenCorpusTests|UnderstandingCorpusTests|SpokenDocumentTests|UnderstandingDocumentTests'
    ;;
  roundtrips) tests 'NumberWordsTests|SpokenRoundTripTests|UnderstandingRoundTripTests' && python3 deploy/scripts/hebrew-roundtrip.py "$(built debug)" ;;
  comparison)
    local venv=var/comparison wanted=Tests/HebrewTests/Comparison/requirements.txt
    if ! cmp --silent "$wanted" "$venv/requirements.txt"; then
      rm -rf "$venv"
      mkdir -p var
      python3 -m venv "$venv"
      "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
      cp "$wanted" "$venv/requirements.txt"
    fi
    "$venv/bin/python" Tests/HebrewTests/Comparison/compare.py "$(built debug)"
    ;;
  references) HEBREW=$(built debug) deploy/scripts/hebrew-references.sh ;;
  speed)
    local program
    program=$(built release)
    "$program" bench && "$program" bench-understand
    ;;
  fuzz) CONFIG=release TARGETS='say understanding' deploy/scripts/fuzz.sh ;;
  *)
    printf 'hebrew.sh: there is no check %s\n' "$1" >&2
    return 1
    ;;
  esac
}

for name in "${checks[@]}"; do
  printf '== %s\n' "$name"
  check "$name" || failed="$failed $name"
done
[ -z "$failed" ] || { printf 'failed:%s\n' "$failed" >&2; exit 1; }
