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
