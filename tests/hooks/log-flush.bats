#!/usr/bin/env bats
# hooks/log-flush, with a real rsyslogd, and with a fake systemctl.

load support

clean() {
  [ ! -s "$WORLD/rsyslogd.pid" ] || kill "$(cat "$WORLD/rsyslogd.pid")" 2>/dev/null || :
}

# A rsyslogd that keeps what it has in memory until it is told to go.
start_rsyslogd() {
  needs rsyslogd rsyslog
  cat >"$WORLD/rsyslog.conf" <<END
global(workDirectory="$WORLD")
module(load="imuxsock" sysSock.use="off")
input(type="imuxsock" socket="$WORLD/log.sock")
action(type="omfile" file="$WORLD/out.log" asyncWriting="on" ioBufferSize="64k" flushOnTXEnd="off" flushInterval="600")
END
  rsyslogd -f "$WORLD/rsyslog.conf" -i "$WORLD/rsyslogd.pid" 3>&-
  eventually 5 test -S "$WORLD/log.sock"
  logger -u "$WORLD/log.sock" "the line that matters"
}

@test "log-flush: what a real rsyslogd still held is written" {
  start_rsyslogd
  printf '%s\n' "UNITS=" "PIDFILES=rsyslogd:$WORLD/rsyslogd.pid" | conf log-flush
  sleep 0.3
  run grep -c "the line that matters" "$WORLD/out.log"
  [ "$output" != 1 ]
  hook log-flush drain
  exits 0
  says "rsyslogd: flushed and stopped"
  grep -q "the line that matters" "$WORLD/out.log"
}

@test "log-flush: a rehearsal leaves the real rsyslogd running" {
  start_rsyslogd
  printf '%s\n' "UNITS=" "PIDFILES=rsyslogd:$WORLD/rsyslogd.pid" | conf log-flush
  REHEARSAL=1
  hook log-flush drain
  exits 0
  says "would send SIGTERM"
  kill -0 "$(cat "$WORLD/rsyslogd.pid")"
}

@test "log-flush: units are stopped in order, and started again by undo" {
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo active >"$WORLD/fake/units/vector.service"
  echo active >"$WORLD/fake/units/fluent-bit.service"
  hook log-flush drain
  exits 0
  before "stop fluent-bit.service" "stop vector.service"
  never_called "stop rsyslog.service"
  hook log-flush undo
  exits 0
  called "start vector.service"
  called "start fluent-bit.service"
  : >"$CALLS"
  hook log-flush undo
  never_called "start"
}

@test "log-flush: a shipper that will not end is named when the slot ends, and costs the next ones nothing" {
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo slow >"$WORLD/fake/units/fluent-bit.service"
  echo active >"$WORLD/fake/units/vector.service"
  SECONDS_LEFT=8
  hook log-flush drain
  exits 1
  complains "fluent-bit.service: still busy"
  says "vector.service: flushed and stopped"
}

@test "log-flush: a pid that now belongs to another program is not signalled" {
  sleep 60 3>&- &
  echo $! >"$WORLD/other.pid"
  printf '%s\n' "UNITS=" "PIDFILES=rsyslogd:$WORLD/other.pid" | conf log-flush
  hook log-flush drain
  kill -0 "$(cat "$WORLD/other.pid")"
  kill "$(cat "$WORLD/other.pid")"
}

@test "log-flush: the socket that would start a shipper again is stopped before it, and started before it by undo" {
  fake systemctl
  mkdir -p "$WORLD/fake/units" "$WORLD/fake/triggers"
  echo active >"$WORLD/fake/units/rsyslog.service"
  echo active >"$WORLD/fake/units/syslog.socket"
  echo syslog.socket >"$WORLD/fake/triggers/rsyslog.service"
  hook log-flush drain
  exits 0
  before "stop syslog.socket" "stop rsyslog.service"
  : >"$CALLS"
  hook log-flush undo
  exits 0
  before "start syslog.socket" "start rsyslog.service"
}

@test "log-flush: a shipper that is still starting is stopped, and one that comes back is named" {
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo activating >"$WORLD/fake/units/vector.service"
  echo returns >"$WORLD/fake/units/fluent-bit.service"
  hook log-flush drain
  exits 1
  says "vector.service: flushed and stopped"
  complains "fluent-bit.service was started again by something else"
}

@test "log-flush: a shipper without a unit that a supervisor starts again is named" {
  sleep 60 3>&- &
  echo $! >"$WORLD/sleep.pid"
  (while kill -0 "$(cat "$WORLD/sleep.pid")"; do sleep 0.1; done; sleep 60 & echo $! >"$WORLD/sleep.pid") >/dev/null 2>&1 3>&- &
  printf '%s\n' "UNITS=" "PIDFILES=sleep:$WORLD/sleep.pid" SETTLE=0 | conf log-flush
  hook log-flush drain
  kill "$(cat "$WORLD/sleep.pid")"
  exits 1
  complains "sleep runs, or was started again by something else"
}

@test "log-flush: a journald that restarts is asked again" {
  [ -d /run/systemd/journal ] || with_mounts "mount -t tmpfs none /run && mkdir -p /run/systemd/journal"
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  printf '#!/bin/sh\necho "journalctl $*" >>"$CALLS"\n[ "$(grep -c -e "$1" "$CALLS")" -ge 2 ]\n' >"$BIN/journalctl"
  chmod 755 "$BIN/journalctl"
  echo SETTLE=0 | conf log-flush
  hook log-flush drain
  exits 0
  [ "$(grep -c -e --sync "$CALLS")" -eq 2 ]
}
