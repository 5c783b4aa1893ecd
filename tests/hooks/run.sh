#!/bin/sh
# run.sh FILE.bats: one file of hook tests, for ctest. Exits 0 when every test ran and passed, 77 (shown by ctest as
# skipped) when some could not run here, naming each and why, and 1 when one failed.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
if ! command -v bats >/dev/null 2>&1; then
  echo "SKIP $1: bats is not installed (package bats)"
  exit 77
fi
report=$(mktemp) || exit 1
trap 'rm -f "$report"' EXIT
bats --tap "$here/$1" >"$report" 2>&1
status=$?
cat "$report"
[ "$status" -eq 0 ] || exit 1
skipped=$(grep -c '^ok .* # skip' "$report")
[ "$skipped" -eq 0 ] || { echo "SKIP $1: $skipped of $(grep -c '^ok ' "$report") tests could not run here, see above"; exit 77; }
