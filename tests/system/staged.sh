#!/bin/bash
# What an installation puts in place, from a checkout whose files the group may write to: nothing that anybody but its owner may
# write to, and programs only where there should be some.
#   staged.sh BUILD SOURCE
set -euo pipefail
umask 002
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp -r "$2/hooks" "$work/hooks"
chmod -R u=rwX,g=rwX,o=rX "$work/hooks"
sed "s#\"$2/hooks/\"#\"$work/hooks/\"#" "$1/cmake_install.cmake" >"$work/cmake_install.cmake"
grep -qF "\"$work/hooks/\"" "$work/cmake_install.cmake" || { echo "FAILED: hooks are installed from elsewhere" && exit 1; }
DESTDIR=$work/root cmake -DCMAKE_INSTALL_COMPONENT=preemptd -DCMAKE_INSTALL_PREFIX=/usr -P "$work/cmake_install.cmake" >"$work/log"

code=0
nobody() { # WHAT FIND-ARGUMENT...
  local what=$1 found
  shift
  found=$(find "$@" -printf '%m /%P\n')
  [ -z "$found" ] || { printf 'FAILED: %s:\n%s\n' "$what" "$found" && code=1; }
}
hooks=$work/root/usr/share/preemptd/hooks
nobody "others than the owner may write to" "$work/root" -mindepth 1 ! -type l -perm /022
nobody "cannot be read by all" "$work/root" -mindepth 1 ! -type l ! -perm -444
nobody "a program that nobody can start" "$hooks" -type f ! -name '*.md' ! -name '*.conf' ! -path "$hooks/*.sh" ! -perm -111
nobody "a part of hooks that looks like one" "$hooks" -maxdepth 1 -name '*.sh' -perm /111
nobody "settings that look like a program" "$work/root/etc" "$hooks/conf" -type f -perm /111
[ -x "$hooks/example/20-save-checkpoint.sh" ] || { echo "FAILED: an example that nobody can start" && code=1; }
for page in start/getting-started.md events/definitions.json observability/alerts.yml observability/dashboard.json; do
  [ -f "$work/root/usr/share/doc/preemptd/$page" ] || { echo "FAILED: /usr/share/doc/preemptd lacks $page" && code=1; }
done
[ $code != 0 ] || echo "ok: $(find "$work/root" -type f | wc -l) files"
exit $code
