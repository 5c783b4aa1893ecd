#!/usr/bin/env bats
# hooks/consul, with a command that checks and keeps what it is told.

load support

prepare() { fake consul; }

@test "consul: the node goes into maintenance once, and undo takes it back" {
  hook consul drain
  exits 0
  called "maint -enable -reason=preemptd: reclaimed at 2030-01-01T00:05:00Z"
  hook consul drain
  exits 0
  says "already"
  hook consul undo
  exits 0
  [ ! -e "$WORLD/fake/maintenance/node" ]
}

@test "consul: maintenance of somebody else's stays" {
  mkdir -p "$WORLD/fake/maintenance"
  touch "$WORLD/fake/maintenance/node"
  hook consul drain
  hook consul undo
  exits 0
  [ -e "$WORLD/fake/maintenance/node" ]
}

@test "consul: services one by one, a wrong one costing the others nothing" {
  printf '%s\n' "SERVICES=web unknown api" "TOKEN_FILE=$WORLD/token" | conf consul
  hook consul drain
  exits 1
  complains "unknown could not be put"
  [ "$(ls "$WORLD/fake/maintenance" | tr '\n' ' ')" = "api web " ]
  called "token-file=$WORLD/token"
  hook consul undo
  exits 0
  [ -z "$(ls "$WORLD/fake/maintenance")" ]
}

@test "consul: an agent that is down is asked until the slot's end is near; a rehearsal changes nothing" {
  touch "$WORLD/fake/down"
  SECONDS_LEFT=8
  hook consul drain
  exits 75
  complains "does not answer"
  rm "$WORLD/fake/down"
  REHEARSAL=1
  hook consul drain
  exits 0
  says "would run: consul maint -enable"
  never_called "-enable"
}

@test "consul: an agent that restarts while the notice comes is asked again" {
  echo 2 >"$WORLD/fake/down"
  hook consul drain
  exits 0
  [ -e "$WORLD/fake/maintenance/node" ]
}

@test "consul: an agent that goes away between two calls is asked again" {
  printf '#!/bin/sh\n[ "$2" != -enable ] || [ -e "$FAKE/once" ] || { touch "$FAKE/once"; exit 1; }\nexec %s/consul "$@"\n' "$FAKES" >"$WORLD/goes-away"
  chmod 755 "$WORLD/goes-away"
  ln -sf "$WORLD/goes-away" "$BIN/consul"
  hook consul drain
  exits 0
  [ -e "$WORLD/fake/maintenance/node" ]
}
