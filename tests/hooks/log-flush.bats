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
