#!/bin/sh
# run.sh FILE.bats: one file of hook tests, for ctest. Each test that could not run here is said, with the reason: "SKIP what:
# why". Exits 0 when the others passed, 77 when none could run, and 1 when one failed.
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
sed -n 's/^ok [0-9]* \(.*\) # skip \(.*\)/SKIP \1: \2/p' "$report"
grep '^ok ' "$report" | grep -qv ' # skip ' || exit 77
