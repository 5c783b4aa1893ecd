#!/usr/bin/env bash
# preempt-drain is killed at its Nth system call and started again, for N over a whole drain. Then no finished hook has run
# again, none is forgotten, and nothing is left running.
#   crash_anywhere.sh PREEMPT_DRAIN [SECONDS]   takes as many N as fit into SECONDS (60), evenly spread; 0: every N
set -u
drain=$(readlink -f "$1")
budget=${2:-60}
command -v strace >/dev/null || { echo "SKIP: strace is not installed"; exit 77; }
strace -o /dev/null true 2>/dev/null || { echo "SKIP: this machine forbids ptrace"; exit 77; }

# Below the working directory: the safety gate refuses hooks below /tmp.
work=$(mktemp -d "$PWD/crash-XXXXXX") || exit 1
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
# A round's processes are known by its folder in their command lines; the second hook leaves one behind.
write_hooks() {
  for hook in 10-a 10-b 20-c; do
    cat >"$here/hooks/$hook" <<SCRIPT
#!/bin/sh
echo "start $hook \$PREEMPT_ATTEMPT" >>"$here/marks"
[ $hook != 10-b ] || setsid /bin/sh -c 'sleep 60; :' "$here/left" &
sleep 0.01
echo "end $hook \$PREEMPT_ATTEMPT" >>"$here/marks"
SCRIPT
    chmod 755 "$here/hooks/$hook"
  done
}

round=0
begin_round() {
  round=$((round + 1))
  here=$work/$round
  mkdir -p "$here/run" "$here/state" "$here/hooks"
  write_hooks
  : >"$here/marks"
  local now left=30
  now=$(cut -d. -f1 /proc/uptime)
  cat >"$here/run/notice.json" <<JSON
{"version": 1, "id": "crash-$round", "state": "pending", "instance_id": "i-1", "region_id": "", "zone_id": "", "instance_type": "",
 "sources": ["metadata"], "behavior": "terminate", "termination_time": "$(date -u -d "+$left seconds" +%FT%TZ)", "exact": true,
 "deadline_boot_ms": $(((now + left) * 1000)), "boot_id": "$(cat /proc/sys/kernel/random/boot_id)", "seen_at": "$(date -u +%FT%TZ)",
 "seen_at_boot_ms": $((now * 1000)), "clock_error_ms": 0, "rehearsal": false, "speed": 1, "reason": ""}
JSON
}

run() {  # run WRAPPER...
  "$@" "$drain" --set paths.run="$here/run" --set paths.state="$here/state" --set hooks.folders="$here/hooks" 2>>"$here/log"
}

journal() { cat "$here"/state/drains/*/journal 2>/dev/null; }

fail() {
  echo "FAILED: killed at $*"
  echo "--- marks"; cat "$here/marks"
  echo "--- journal"; journal | cut -c1-200
  echo "--- log"; cat "$here/log"
  exit 1
}

# What was killed may take a moment to go.
still_running() {
  local tries=0
  while pgrep -f "$here/" >/dev/null; do
    [ $((tries += 1)) -le 40 ] || return 0
    sleep 0.05
  done
  return 1
}

# check WHAT: after the crash of this round, whose marks and journal were kept, and after the run that followed it
check() {
  local hook
  for hook in 10-a 10-b 20-c; do
    if grep -q "\"hook\":\"$hook\".*\"type\":\"hook.finished\"" "$here/journal.before" &&
      [ "$(grep -c "^start $hook " "$here/marks")" -gt "$(grep -c "^start $hook " "$here/marks.before")" ]; then
      fail "$1: $hook had finished and ran again"
    fi
    journal | grep -q "\"hook\":\"$hook\".*\"outcome\":\"ok\".*\"type\":\"hook.finished\"" || fail "$1: $hook never finished"
    [ "$(grep "^start $hook " "$here/marks" | sort | uniq -d)" = "" ] || fail "$1: $hook ran twice as the same attempt"
    [ "$(grep -c "^end $hook " "$here/marks")" -ge 1 ] || fail "$1: $hook never ran to its end"
  done
  [ "$(journal | grep -c '"type":"drain.finished"')" = 1 ] || fail "$1: the drain was not finished exactly once"
  still_running && fail "$1: something is still running"
  rm -rf "$here"
}

# crash CALL N [STRACE_OPTION]: kills the drainer at its Nth CALL; false when it came to its end before that
crash() {
  local what="call $2 of $1 $3"
  begin_round
  # The shell's word about a killed child is no news.
  { run strace -qq -o /dev/null ${3:+"$3"} -e "inject=$1:signal=KILL:when=$2"; } 2>/dev/null
  local code=$?
  [ "$code" = 0 ] && return 1
  cp "$here/marks" "$here/marks.before"
  journal >"$here/journal.before"
  run env || fail "$what: the next drainer ended with $?"
  check "$what"
}

tried=0
begin_round
run strace -qq -o "$here/trace"
# strace counts each call by its name: "openat 3" is the third openat.
grep -o '^[a-z0-9_]*(' "$here/trace" | tr -d '(' | awk '{print $1, ++n[$1]}' | grep -v '^execve\|^exit_group' >"$work/calls"
calls=$(wc -l <"$work/calls")
started=$(date +%s%N)
crash openat 40 ""
cost=$((($(date +%s%N) - started) / 1000000 + 1))
stride=$((budget == 0 ? 1 : (calls * cost) / (budget * 1000) + 1))
# The loop's thread, call by call.
awk -v stride="$stride" -v first="$((RANDOM % stride))" 'NR % stride == first' "$work/calls" >"$work/chosen"
while read -r call n; do
  crash "$call" "$n" "" && tried=$((tried + 1))
done <"$work/chosen"
# The calls that only the threads for the disk make (and no hook).
for call in mkdirat flock fallocate fdatasync fsync renameat fchmod; do
  for n in 1 2 3 4 5; do
    crash "$call" "$n" -f || break
    tried=$((tried + 1))
    [ "$stride" = 1 ] || [ "$n" -lt 2 ] || break
  done
done
echo "killed $tried times, at every ${stride}th of $calls system calls; the next drainer always finished the drain"
[ "$tried" -gt 0 ]
