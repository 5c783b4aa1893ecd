#!/bin/sh
# Every line of docs/troubleshooting/failure-modes.md's tables names a test, and every test it names exists.
#   failure-modes.sh SOURCE-FOLDER
set -eu
cd "$1"
page=docs/troubleshooting/failure-modes.md
bare=$(awk -F'|' '/^\|/ && !/^\| (what fails|---)/ && $4 !~ /`(system:|qemu:|[^`]*: )/ { print $2 }' $page)
[ -z "$bare" ] || { echo "$page has lines without a test:"; echo "$bare"; exit 1; }
# The names of all tests; a long one is several strings side by side.
names=$(find tests -name '*.cpp' -exec cat {} + | tr '\n' ' ' | sed 's/" *"//g' | grep -oE 'TEST_CASE\( *"[^"]*"' | sed 's/^[^"]*"//; s/"$//')
missing=$(grep -oE '`[^`]+`' $page | tr -d '\140' | while read -r name; do
  case $name in
    system:*) [ -e "tests/system/cases/${name#system:}.sh" ] || echo "$name" ;;
    qemu:*) [ -e "tests/system/qemu/${name#qemu:}.sh" ] || echo "$name" ;;
    *": "*) printf '%s\n' "$names" | grep -qxF -e "$name" || echo "$name" ;;
  esac
done)
[ -z "$missing" ] || { echo "$page names tests that are not there:"; echo "$missing"; exit 1; }
