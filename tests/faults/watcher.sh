#!/usr/bin/env bash
# Every system call of preemptd and its threads fails, once and for good, or kills it. A reclaim comes while it watches. Then it has
# written the notice; or it has ended, not by a crash of its own; or, where a call fails for good, its log or its exit says so. The
# watcher that follows undisturbed always writes it.
#   watcher.sh PREEMPTD PREEMPT_SIM [SECONDS [SEED [REGEX]]]
#     a random sample of SECONDS (60), of the injections that match; 0: all of them, which takes hours
set -u
agent=$(readlink -f "$1")
sim=$(readlink -f "$2")
budget=${3:-60}
seed=${4:-$RANDOM}
matching=${5:-.}
# shellcheck source=injections.sh
. "$(dirname "$0")/injections.sh"
strace_or_skip

work=$(mktemp -d "$PWD/faults-XXXXXX") || exit 1
chmod 755 "$work"
cloud=
finish() {
  [ -z "$cloud" ] || kill "$cloud" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT

# within SECONDS COMMAND…: waits until the command succeeds.
within() {
  local end=$((SECONDS + $1 + 1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.02
  done
}

start_cloud() {
  "$sim" serve --ready-file "$work/ready" --metadata 127.0.0.1:0 --api 127.0.0.1:0 --admin 127.0.0.1:0 >"$work/sim.log" 2>&1 &
  cloud=$!
  within 10 test -s "$work/ready" || { cat "$work/sim.log" >&2; exit 1; }
  admin=$(address admin)
}
address() { sed -E 's/.*"'"$1"'": ?"([^"]*)".*/\1/' "$work/ready"; }
tell() { "$sim" "$1" --admin "$admin" "${@:2}" >/dev/null; }

begin_round() {
  rm -rf "$work/round"
  mkdir -p "$work"/round/{run,state,hooks}
  cd "$work/round" || exit 1
  tell reset || exit 1
  cat >conf.toml <<TOML
paths.run = "$PWD/run"
paths.state = "$PWD/state"
hooks.folders = ["$PWD/hooks"]
metadata.url = "http://$(address metadata)"
metadata.interval = "50ms"
control.endpoint = "http://$(address api)"
control.interval = "500ms"
drain.start = "never"
TOML
}

wrapper=
watcher=
# start LOG WRAPPER…: preemptd in the background. `wrapper` is what to wait for, `watcher` preemptd itself.
start() {
  local log=$1
  shift
  "$@" "$agent" --config conf.toml 2>"$log" &
  wrapper=$!
  watcher=$wrapper
  [ $# = 0 ] || within 5 find_watcher
}
find_watcher() {
  # Also where it is over already.
  watcher=$(pgrep -P "$wrapper" -x preemptd) || ! kill -0 "$wrapper" 2>/dev/null
}
over() { ! kill -0 "$wrapper" 2>/dev/null; }
looks() { grep -q '"answers": *{[^}]*"absent": *[1-9]' run/status.json 2>/dev/null; }
noticed() { grep -q '"state": *"pending"' run/notice.json 2>/dev/null; }
looks_or_over() { looks || over; }
noticed_or_over() { noticed || over; }

# stop: the exit status of preemptd; fails the round where it does not end in time.
stop() {
  [ -z "$watcher" ] || kill "$watcher" 2>/dev/null
  within 6 over || {
    kill -KILL "$watcher" "$wrapper"
    fail "$injection: SIGTERM did not end it"
  }
  wait "$wrapper" 2>/dev/null
}

fail() {
  echo "FAILED: $*"
  echo "--- log"; cut -c1-220 log
  echo "--- the next one's"; cut -c1-220 log2 2>/dev/null
  echo "--- injected"; grep INJECTED trace | head -5 | cut -c1-200
  echo "to repeat: strace -f -e inject=$injection"
  exit 1
}

crashed() { [ "$1" = 134 ] || [ "$1" = 139 ] || [ "$1" = 136 ] || [ "$1" = 135 ]; }
# Where no write succeeds, no log line can.
complained() { [ "$1" != 0 ] || [[ $injection =~ ^write:error=[A-Z]+$ ]] || grep -q -i -e error -e warn -e cannot -e fail log; }

# The watcher that follows sees the notice.
check_next() {
  rm -f run/notice.json
  start log2
  within 10 noticed || fail "$injection: the next watcher did not write the notice"
  stop
}

check() {
  local code seen=no
  within 2 looks_or_over
  tell reclaim --notice-seconds 60
  within 4 noticed_or_over && noticed && seen=yes
  stop
  code=$?
  case $injection in *signal=KILL*) ;; *) ! crashed "$code" || fail "$injection: preemptd crashed with $code" ;; esac
  if [ $seen = no ]; then
    case $injection in
      *signal=KILL*) ;;
      *:when=*) complained "$code" || fail "$injection: one fault cost the notice, without a word" ;;
      *) complained "$code" || fail "$injection: no notice, and not a word" ;;
    esac
  else
    seen_at_once=$((seen_at_once + 1))
  fi
  check_next
}

errors_of() {
  case $1 in
    clone | clone3 | fork) echo EAGAIN ;;
    openat | open | pipe2 | memfd_create | eventfd2 | timerfd_create | signalfd4 | inotify_init1 | epoll_create1 | socket | dup2 | dup3 | accept4) echo EMFILE ENOMEM ;;
    write | pwrite64 | fallocate | mkdir | mkdirat | rename | renameat | renameat2) echo ENOSPC EIO ;;
    connect | sendto | recvfrom | sendmsg) echo ECONNRESET ENOBUFS EINTR ;;
    poll | ppoll | epoll_wait | epoll_pwait) echo EINTR ;;
    read) echo EIO EINTR ;;
    *) echo EIO ENOMEM ;;
  esac
}

# The calls of a whole watch, and how often a thread makes each.
clean_run() {
  begin_round
  injection=none
  start log strace -f -qq -o trace
  check
  ! grep -q 'no such' log || exit 1
}

seen_at_once=0
start_cloud
clean_run
[ $seen_at_once = 1 ] || fail "an undisturbed watcher did not see the reclaim"
list=$(calls_in trace | injections_of_calls 40 with_kills | grep -E "$matching") || exit 1
seen_at_once=0
choose "$budget" "$seed"
tried=0
for injection in $list; do
  [ "$budget" -eq 0 ] || [ "$SECONDS" -lt "$budget" ] || break
  begin_round
  start log strace -f -qq -o trace -e "inject=$injection"
  check
  tried=$((tried + 1))
done
echo "$tried injections: $seen_at_once times the notice was written all the same, and by the next watcher always"
