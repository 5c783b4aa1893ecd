#!/bin/bash
# From a bare Debian 12 to a rehearsed preemption on the screen. Safe to repeat; quick when nothing changed.
#   packaging/try.sh [arguments of "preemptctl rehearse"]
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/try

packaging/dependencies.sh build

if [ ! -x "$build/bin/preemptctl" ]; then echo "building (some minutes the first time)"; fi
log=$build/build.log
mkdir -p "$build"
if ! { cmake --preset release -B "$build" -DPREEMPTD_TESTS=OFF && ninja -C "$build" preemptd preempt-drain preemptctl preempt-sim; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "try.sh: the build failed; all of it is in $log" >&2
  exit 1
fi

ctl=$build/bin/preemptctl
if [ $# -eq 0 ]; then
  hooks=hooks/example
  if ! why=$(packaging/safe_place.sh $hooks); then
    hooks=${HOME:-/root}/.cache/preemptd/example-hooks
    rm -rf "$hooks" && mkdir -p "$hooks" && cp hooks/example/* "$hooks" && chmod go-w "$hooks"/*
    echo "Hooks below $why are refused, because others own it or may write to it: the examples run from a copy."
  fi
  set -- --hooks "$hooks" --notice 300s --speed 20
fi
echo "\$ preemptctl rehearse $*"
code=0
"$ctl" rehearse "$@" || code=$?

cat <<END

Next:
  $ctl rehearse --hooks DIR        rehearse your own hooks
  $ctl hooks new save --to DIR     start one from a commented skeleton
  docs/start/getting-started.md                        install it on a node
END
exit $code
