#!/usr/bin/env bash
# Fuzzes what strangers may send us, with libFuzzer: RUNS inputs (1,000,000) for each of TARGETS (media form signature twiml say understanding).
#   fuzz.sh                       new inputs go to var/fuzz; the corpus in Tests/Fuzz is only read
#   fuzz.sh --merge               adds to the corpus what var/fuzz has that reaches code which the corpus does not
#   understanding reads sentences of at most 512 bytes, and in debug builds a fiftieth of RUNS: CONFIG=release does all of them
#   fuzz.sh --repeat TARGET FILE  one input again, for instance one that crashed
# SEED=n repeats a run. Ends with 1 after a crash, after 5 s spent on one input, or when memory grows; the input is kept in var/fuzz.
set -euo pipefail
cd "$(dirname "$0")/../.."

runs=${RUNS:-1000000}
read -r -a targets <<<"${TARGETS:-media form signature twiml say understanding}"
# Debug by default: in optimised code comparisons of several bytes become one, and libFuzzer no longer sees how near it came.
configuration=${CONFIG:-debug}
# libFuzzer keeps its inputs: 1 to 2 MB after a million (measured). More than this is a leak: 4 bytes per input would be one.
growth_allowed=16

# The Swift backtracer would take the signal before libFuzzer sees it.
export SWIFT_BACKTRACE=enable=no
swift build --package-path Tests/Fuzz --scratch-path .build-fuzz --sanitize=fuzzer --configuration "$configuration" >&2
programs=.build-fuzz/$configuration
mkdir -p var/fuzz

fuzzer() {
  local target=$1
  shift
  "$programs/fuzz-$target" -timeout=5 -rss_limit_mb=512 -artifact_prefix="var/fuzz/$target-" "$@"
}

# The last "rss: 40Mb" of a line of the given kind.
resident() {
  sed -n "s/^#[0-9]*[[:space:]]*$1 .*rss: \([0-9]*\)Mb.*/\1/p" "$2" | tail -n 1
}

case "${1:-}" in
--repeat)
  fuzzer "$2" "$3"
  exit
  ;;
--merge)
  for target in "${targets[@]}"; do
    fuzzer "$target" -merge=1 -use_counters=0 -max_len=1024 "Tests/Fuzz/Corpus/$target" "var/fuzz/$target"
  done
  exit
  ;;
esac

failed=''
printf '%-10s %9s %8s %9s %9s %9s  %s\n' target inputs seconds 'MB start' 'MB end' 'MB peak' result
for target in "${targets[@]}"; do
  log=var/fuzz/$target.log
  # A sentence costs far more than a form of the same length, most of all in unoptimised code.
  count=$runs longest=4096 allowed=$growth_allowed
  if [ "$target" = understanding ]; then
    longest=512
    # Its many rules make libFuzzer keep 6,000 inputs (18 MB measured); the same input 100,000 times takes 0.1 MB.
    allowed=32
    if [ "$configuration" = debug ]; then count=$(((runs + 49) / 50)); fi
  fi
  mkdir -p "var/fuzz/$target"
  result=ok
  begun=$EPOCHREALTIME
  fuzzer "$target" -runs="$count" -seed="${SEED:-0}" -max_len="$longest" -dict="Tests/Fuzz/Dictionaries/$target.dict" -print_final_stats=1 \
    "var/fuzz/$target" "Tests/Fuzz/Corpus/$target" >"$log" 2>&1 || result="FAILED, see $log"
  seconds=$(((${EPOCHREALTIME/./} - ${begun/./}) / 1000000))
  inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  start=$(resident INITED "$log") end=$(resident DONE "$log") peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
  if [ "$result" = ok ] && [ "$((end - start))" -gt "$allowed" ]; then result="FAILED, memory grew by $((end - start)) MB"; fi
  [ "$result" = ok ] || failed=yes
  printf '%-10s %9s %8s %9s %9s %9s  %s\n' "$target" "${inputs:--}" "$seconds" "${start:--}" "${end:--}" "${peak:--}" "$result"
  if [ "$result" != ok ]; then grep -E 'ERROR|Fatal error|Precondition|SUMMARY|Test unit' "$log" | head -n 5 || true; fi
done
[ -z "$failed" ]
