#!/bin/sh
# Every test that docs/failure-modes.md names exists.
#   failure-modes.sh SOURCE-FOLDER
set -eu
cd "$1"
missing=$(grep -oE '`[^`]+`' docs/failure-modes.md | tr -d '\140' | while read -r name; do
  case $name in
    system:*) [ -e "tests/system/cases/${name#system:}.sh" ] || echo "$name" ;;
    *": "*) grep -rqF "TEST_CASE(\"$name\"" tests || echo "$name" ;;
  esac
done)
[ -z "$missing" ] || { echo "docs/failure-modes.md names tests that are not there:"; echo "$missing"; exit 1; }
