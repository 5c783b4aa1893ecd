#!/usr/bin/env bats
# hooks/haproxy, with the real haproxy and a real connection through it.

load support

prepare() {
  fake systemd-run
  PIDFILE=$WORLD/haproxy.pid
  SOCKET=$WORLD/admin.sock
}

clean() {
  local pid
  for pid in ${CLIENT-} ${ECHO-} $(cat "$PIDFILE" 2>/dev/null); do kill "$pid" 2>/dev/null || :; done
}

start_haproxy() {
  needs haproxy haproxy
  needs socat socat
  FRONT=$(free_port)
  BACK=$(free_port)
  cat >"$WORLD/haproxy.cfg" <<END
global
  stats socket $SOCKET level admin
defaults
  mode tcp
  timeout connect 2s
  timeout client 60s
  timeout server 60s
frontend front
  bind 127.0.0.1:$FRONT
  default_backend app
backend app
  server node1 127.0.0.1:$BACK
  server node2 127.0.0.1:$BACK
END
  printf '%s\n' "SOCKETS=$SOCKET" "PIDFILE=$PIDFILE" \
    "START=haproxy -W -D -f $WORLD/haproxy.cfg -p $PIDFILE" "$@" | conf haproxy
  PATH=$TOOLS haproxy -W -D -f "$WORLD/haproxy.cfg" -p "$PIDFILE" 3>&-
  eventually 5 listening "$FRONT"
  socat TCP-LISTEN:"$BACK",bind=127.0.0.1,reuseaddr,fork SYSTEM:cat 3>&- &
  ECHO=$!
  eventually 5 listening "$BACK"
}

# A client that stays connected for so many seconds.
client() {
  connection "$1" "$FRONT"
  eventually 5 connected
}

show() { echo "$1" | socat - "UNIX-CONNECT:$SOCKET"; }
connected() { show "show stat" | awk -F, '$1 == "app" && $2 ~ /^node/ { n += $5 } END { exit !n }'; }
state_of() { show "show servers state app" | awk -v s="$1" '$4 == s { print $7 }'; }

@test "haproxy: a server goes to drain, its connection is waited for, and undo makes it ready" {
  start_haproxy SERVERS=app/node1
  client 1
  hook haproxy drain
  exits 0
  says "no connection is left"
  [ "$(state_of node1)" -eq 8 ] && [ "$(state_of node2)" -eq 0 ]
  hook haproxy drain
  exits 0
  says "app/node1 is out already"
  hook haproxy undo
  exits 0
  [ "$(state_of node1)" -eq 0 ]
}

@test "haproxy: connections that outlast the slot are counted" {
  start_haproxy "SERVERS=app/node1 app/node2"
  client 60
  SECONDS_LEFT=6
  hook haproxy drain
  exits 1
  complains "1 connections are left"
}

@test "haproxy: a server somebody else took out stays out after undo" {
  start_haproxy SERVERS=app/node1
  show "set server app/node1 state maint"
  hook haproxy drain
  exits 0
  hook haproxy undo
  [ "$(state_of node1)" -eq 1 ]
}

@test "haproxy: an unknown server is named" {
  start_haproxy SERVERS=app/node9
  hook haproxy drain
  exits 1
  complains "knows no server app/node9"
}

@test "haproxy: the node's own one stops accepting, finishes and is gone; undo starts it" {
  start_haproxy
  client 1
  hook haproxy drain
  exits 0
  ! listening "$FRONT"
  eventually 5 test ! -e "/proc/$(cat "$PIDFILE")"
  hook haproxy undo
  exits 0
  eventually 5 listening "$FRONT"
}

@test "haproxy: the node's own one is not stopped under its last connection" {
  start_haproxy
  client 60
  SECONDS_LEFT=8
  hook haproxy drain
  exits 1
  complains "1 connections are left"
}

@test "haproxy: a drain that died before the stop leaves nothing disabled after undo" {
  start_haproxy
  client 60
  hook_env timeout --signal=KILL 1.5 "$HOOKS/haproxy" drain || :
  ! listening "$FRONT"
  [ ! -e "$STATE/how" ]
  hook haproxy undo
  exits 0
  listening "$FRONT"
}

@test "haproxy: a drain that died is taken up again, and a stop that failed is undone too" {
  start_haproxy
  show "disable frontend front"
  echo "$SOCKET front" >"$STATE/disabled"
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo stuck >"$WORLD/fake/units/haproxy.service"
  hook haproxy drain
  exits 1
  complains "did not end in time"
  ! listening "$FRONT"
  hook haproxy undo
  exits 0
  listening "$FRONT"
}

@test "haproxy: a frontend that was disabled before stays so after undo" {
  start_haproxy
  show "disable frontend front"
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo stuck >"$WORLD/fake/units/haproxy.service"
  hook haproxy drain
  hook haproxy undo
  exits 0
  ! listening "$FRONT"
}

@test "haproxy: undone while it still finishes, a new one is started beside it" {
  start_haproxy
  client 60
  hook_env timeout --signal=KILL 1.5 "$HOOKS/haproxy" drain || :
  local old
  old=$(cat "$PIDFILE")
  echo "process $old" >"$STATE/how"
  hook haproxy undo
  exits 0
  eventually 5 listening "$FRONT"
  [ -e "/proc/$old" ] && [ "$(cat "$PIDFILE")" != "$old" ]
  kill "$old"
}

@test "haproxy: a rehearsal leaves it accepting" {
  start_haproxy
  REHEARSAL=1
  hook haproxy drain
  exits 0
  says "would tell $SOCKET: disable frontend front"
  listening "$FRONT"
}

@test "haproxy: no answer is not taken for no connection" {
  start_haproxy SERVERS=app/node1
  printf '#!/bin/sh\nread -r command; case $command in "show stat") ;; *) echo "$command" | exec %s "$@" ;; esac\n' \
    "$(PATH=$TOOLS command -v socat)" >"$WORLD/socat"
  chmod 755 "$WORLD/socat"
  ln -s "$WORLD/socat" "$BIN/socat"
  SECONDS_LEFT=6
  hook haproxy drain
  exits 1
  complains "unknown connections are left"
}

@test "haproxy: a socket nobody answers is a failure, within the slot" {
  start_haproxy "SERVERS=app/node1"
  sed -i "s|$SOCKET|$WORLD/absent.sock|" "$CONF/haproxy.conf"
  SECONDS_LEFT=6
  hook haproxy drain
  exits 1
}

reload() {
  local before
  before=$(show "show info" | sed -n 's/^Pid: //p')
  kill -USR2 "$(cat "$PIDFILE")"
  eventually 5 new_worker "$before"
}

new_worker() { [ "$(show "show info" | sed -n 's/^Pid: //p')" != "$1" ]; }

@test "haproxy: connections that a worker from before a reload still has are waited for" {
  start_haproxy
  client 4
  reload
  local from=$SECONDS
  hook haproxy drain
  exits 0
  [ $((SECONDS - from)) -ge 2 ]
  [ ! -e "/proc/$CLIENT" ]
}

@test "haproxy: what a worker from before a reload loses is said" {
  start_haproxy
  client 60
  reload
  SECONDS_LEFT=9
  hook haproxy drain
  exits 1
  complains "from before a reload, processes "
  complains "are cut off"
}

@test "haproxy: a worker from before a reload that still has connections to this server is waited for, another is not" {
  needs ss iproute2
  start_haproxy SERVERS=app/node1
  client 4
  reload
  local from=$SECONDS
  hook haproxy drain
  exits 0
  [ $((SECONDS - from)) -ge 2 ]
  hook haproxy undo
  client 60
  reload
  sed -i "s/node1 127.0.0.1:$BACK/node1 127.0.0.2:$BACK/" "$WORLD/haproxy.cfg"
  reload
  SECONDS_LEFT=20
  hook haproxy drain
  exits 0
  says "no connection is left"
}

@test "haproxy: one that was reloaded by a new process beside the old one (-sf) is waited for too" {
  start_haproxy
  kill -USR1 "$(cat "$PIDFILE")"
  eventually 5 test ! -e "/proc/$(cat "$PIDFILE")"
  PATH=$TOOLS haproxy -D -f "$WORLD/haproxy.cfg" -p "$PIDFILE" 3>&-
  eventually 5 listening "$FRONT"
  client 4
  PATH=$TOOLS haproxy -D -f "$WORLD/haproxy.cfg" -p "$PIDFILE" -sf "$(cat "$PIDFILE")" 3>&-
  hook haproxy drain
  exits 0
  [ ! -e "/proc/$CLIENT" ]
}

@test "haproxy: a socket that does not answer in the first seconds is asked again" {
  start_haproxy
  mv "$SOCKET" "$SOCKET.away"
  (sleep 3; mv "$SOCKET.away" "$SOCKET") >/dev/null 2>&1 3>&- &
  hook haproxy drain
  exits 0
  ! listening "$FRONT"
}

@test "haproxy: one that is still starting is stopped, and one that comes back is named" {
  start_haproxy
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo activating >"$WORLD/fake/units/haproxy.service"
  hook haproxy drain
  exits 0
  called "systemctl stop haproxy.service"
  echo returns >"$WORLD/fake/units/haproxy.service"
  hook haproxy drain
  exits 1
  complains "haproxy.service was started again by something else"
}

@test "haproxy: a rehearsal finds a socket that may not change anything" {
  start_haproxy
  sed -i 's/level admin/level operator/' "$WORLD/haproxy.cfg"
  reload
  REHEARSAL=1
  hook haproxy drain
  exits 1
  complains 'needs "level admin"'
}
