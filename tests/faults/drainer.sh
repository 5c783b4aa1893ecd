#!/usr/bin/env bash
# Every system call of preempt-drain fails, once and for good: of the program, its threads, the processes that look at hooks, and
# those on their way to execve. After a clean drainer has followed, every hook ran once or is reported, none ran twice unless the log
# says that its record was lost, and no drain is finished that found nothing because of an error.
#   drainer.sh PREEMPT_DRAIN [SECONDS [SEED [REGEX]]]
#     a random sample of SECONDS (100), of the injections that match; 0: all of them, which takes half an hour
set -u
drain=$(readlink -f "$1")
budget=${2:-100}
seed=${3:-$RANDOM}
matching=${4:-.}
# shellcheck source=injections.sh
. "$(dirname "$0")/injections.sh"
strace_or_skip

# Below the working directory: the safety gate refuses hooks below /tmp.
work=$(mktemp -d "$PWD/faults-XXXXXX") || exit 1
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
hooks=(10-a 10-b 20-c)

begin_round() {
  rm -rf "$work/round"
  mkdir -p "$work"/round/{run,state,hooks}
  cd "$work/round" || exit 1
  for hook in "${hooks[@]}"; do
    printf '#!/bin/sh\necho %s >>%s/marks\n' "$hook" "$PWD" >"hooks/$hook"
    chmod 755 "hooks/$hook"
  done
  : >marks
  local now left=${1:-6}
  now=$(cut -d. -f1 /proc/uptime)
  cat >run/notice.json <<JSON
{"version": 1, "id": "faults", "state": "pending", "instance_id": "i-1", "region_id": "", "zone_id": "", "instance_type": "",
 "sources": ["metadata"], "behavior": "terminate", "termination_time": "$(date -u -d "+$left seconds" +%FT%TZ)", "exact": true,
 "deadline_boot_ms": $(((now + left) * 1000)), "boot_id": "$(cat /proc/sys/kernel/random/boot_id)", "seen_at": "$(date -u +%FT%TZ)",
 "seen_at_boot_ms": $((now * 1000)), "clock_error_ms": 0, "rehearsal": false, "speed": 1, "reason": ""}
JSON
}

run() { # run LOG WRAPPER...
  local log=$1
  shift
  timeout -k 1 30 "$@" "$drain" --set paths.run="$PWD/run" --set paths.state="$PWD/state" --set hooks.folders="$PWD/hooks" \
    --set drain.window=6s --set drain.report_reserve=1s 2>"$log"
}

# -b execve: hooks themselves run undisturbed.
traced=(strace -f -qq -b execve -o trace)

journal() { cat state/drains/faults/journal run/drain/journal 2>/dev/null; }
reported() { grep -q "$1: not started" log log2 || journal | grep -q "\"hook\":\"$1\".*\"outcome\":\"not_started\""; }
lost_its_record() { grep -q -e 'the record suffers' -e 'rely on the disk alone' -e 'without a record' log; }

fail() {
  echo "FAILED: $*"
  echo "--- marks"; cat marks
  echo "--- first drainer"; cut -c1-220 log
  echo "--- second"; cut -c1-220 log2
  echo "--- injected"; grep INJECTED trace | head -5 | cut -c1-200
  echo "to repeat: strace -f -b execve -e inject=$injection"
  exit 1
}

check() { # check EXIT-CODE
  # A sanitizer's own look-ups do not survive a fault; they are no part of the program.
  ! grep -q 'Sanitizer: CHECK failed' log || return 0
  [ "$1" -lt 124 ] || grep -q 'error while loading shared libraries' log || fail "$injection: the drainer ended with $1"
  local hook ran
  for hook in "${hooks[@]}"; do
    ran=$(grep -cx "$hook" marks)
    [ "$ran" -le 1 ] || lost_its_record || fail "$injection: $hook ran $ran times"
    [ "$ran" -ge 1 ] || reported "$hook" || fail "$injection: $hook neither ran nor is reported"
  done
}

errors_of() {
  case $1 in
    clone | clone3 | fork) echo EAGAIN ;;
    openat | open | pipe2 | memfd_create | eventfd2 | timerfd_create | signalfd4 | inotify_init1 | pidfd_open | dup2 | dup3) echo EMFILE ENOMEM ;;
    write | pwrite64 | fallocate | mkdir | mkdirat | rename | renameat | renameat2) echo ENOSPC EIO ;;
    *) echo EIO ENOMEM ;;
  esac
}

# The calls of a clean drain.
clean_run() {
  begin_round 20
  run log "${traced[@]}" || { cat log >&2; exit 1; }
}

clean_run
list=$(calls_in trace | injections_of_calls 100000 | grep -E "$matching") || exit 1
choose "$budget" "$seed"
tried=0
for injection in $list; do
  [ "$budget" -eq 0 ] || [ "$SECONDS" -lt "$budget" ] || break
  begin_round
  run log "${traced[@]}" -e "inject=$injection"
  code=$?
  run log2 env
  check "$code"
  tried=$((tried + 1))
done
echo "$tried injections: every hook ran once or is reported"
