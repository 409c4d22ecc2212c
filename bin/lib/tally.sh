# shellcheck shell=bash
# Adds up the results of the test runners, part by part, and prints them at the end.

PASSED=0
FAILED=0
SUMMARY=()

# Adds the result of a part. A part that ran no test counts as failed, since it has shown nothing.
tally() {
  local part=$1 passed=$2 failed=$3
  if [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  PASSED=$((PASSED + passed))
  FAILED=$((FAILED + failed))
  SUMMARY+=("$(printf '%-8s %5d passed %5d failed' "$part" "$passed" "$failed")")
}

# Adds the sums of cargo's "test result:" lines. A run that broke off or did not compile counts as one failure.
tally_cargo() {
  local part=$1 status=$2 log=$3 passed failed
  passed=$(sum_of passed "$log")
  failed=$(sum_of failed "$log")
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  tally "$part" "$passed" "$failed"
}

sum_of() {
  awk -v what="$1" '/^test result:/ { for (i = 2; i <= NF; i++) if ($i == what ";") sum += $(i - 1) } END { print sum + 0 }' "$2"
}

# Adds the result in Playwright's JSON report. A test that was skipped, or passed only on a retry, counts as failed.
tally_playwright() {
  local part=$1 status=$2 report=$3 passed=0 failed=0
  if [ -s "$report" ]; then
    passed=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).stats.expected' "$report")
    failed=$(node -p 'const s = JSON.parse(require("fs").readFileSync(process.argv[1])).stats; s.unexpected + s.flaky + s.skipped' "$report")
  fi
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  tally "$part" "$passed" "$failed"
}

# Prints the summary, whose last line is the sum. Its exit code is not 0 when anything failed.
say_tally() {
  printf '\n'
  if [ "${#SUMMARY[@]}" -gt 0 ]; then printf '%s\n' "${SUMMARY[@]}"; fi
  printf '\n%d passed, %d failed\n' "$PASSED" "$FAILED"
  [ "$FAILED" -eq 0 ]
}
