#!/bin/bash
# From a bare Debian 12 to a rehearsed preemption on the screen. Safe to repeat; quick when nothing changed.
#   packaging/try.sh [arguments of "preemptctl rehearse"]
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/try

packaging/dependencies.sh build

# Ninja's "[12/80] …" lines as one line that counts on a terminal, and as one line for each tenth elsewhere.
show_progress() {
  local line done_now=0 all=0 tenth=-1
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    done_now=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]}
    if [ -t 1 ]; then
      printf '\rbuilding: %d of %d steps, %d s ' "$done_now" "$all" "$SECONDS"
    elif [ $((done_now * 10 / all)) != $tenth ]; then
      tenth=$((done_now * 10 / all)) && printf 'building: %d of %d steps, %d s\n' "$done_now" "$all" "$SECONDS"
    fi
  done
  if [ -t 1 ] && [ "$all" -gt 0 ]; then echo; fi
}

log=$build/build.log
mkdir -p "$build"
if [ ! -x "$build/bin/preemptctl" ]; then
  echo "building the four programs: about $((300 / $(nproc) / 60 + 1)) minutes on the $(nproc) processors of this machine"
fi
SECONDS=0
if ! cmake --preset try >"$log" 2>&1 ||
  ! ninja -C "$build" preemptd preempt-drain preemptctl preempt-sim 2>&1 | tee -a "$log" | show_progress; then
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
