#!/usr/bin/env bats
# hooks/nomad, with a command that checks and keeps what it is told.

load support

prepare() { fake nomad; }

@test "nomad: the node is drained with what the slot has left, and undo makes it eligible" {
  hook nomad drain
  exits 0
  grep -Eq 'node drain -self -enable -yes -deadline 1[01][0-9]s -m preemptd: reclaimed at 2030-01-01T00:05:00Z -ignore-system' "$CALLS"
  hook nomad drain
  exits 0
  hook nomad undo
  exits 0
  called "node drain -self -disable -yes"
}

@test "nomad: a node that was ineligible before stays so" {
  echo ineligible >"$WORLD/fake/eligibility"
  hook nomad drain
  hook nomad undo
  never_called "-disable"
}

@test "nomad: the token reaches nomad's environment and no argument list" {
  echo sesame >"$WORLD/token"
  printf '%s\n' "TOKEN_FILE=$WORLD/token" ADDRESS=https://n:4646 SYSTEM_JOBS=stop | conf nomad
  hook nomad drain
  exits 0
  called "token=sesame addr=https://n:4646"
  never_called "-ignore-system"
  [[ $(sed 's/ token=.*//' "$CALLS") != *sesame* ]]
}

@test "nomad: allocations that outlast the slot are a failure, in time" {
  echo 60 >"$WORLD/fake/takes"
  SECONDS_LEFT=4
  hook nomad drain
  exits 1
  complains "still on this node"
}

@test "nomad: an agent that is down is asked until the slot's end is near; a rehearsal changes nothing" {
  touch "$WORLD/fake/down"
  SECONDS_LEFT=8
  hook nomad drain
  exits 75
  complains "does not answer"
  rm "$WORLD/fake/down"
  REHEARSAL=1
  hook nomad drain
  exits 0
  says "would run: nomad node drain"
  never_called "node drain"
}

@test "nomad: an agent that restarts while the notice comes is asked again" {
  echo 2 >"$WORLD/fake/down"
  hook nomad drain
  exits 0
  called "node drain -self -enable"
}

@test "nomad: an agent that goes away during the drain is asked again" {
  printf '#!/bin/sh\n[ "$2" != drain ] || [ -e "$FAKE/once" ] || { touch "$FAKE/once"; exit 1; }\nexec %s/nomad "$@"\n' "$FAKES" >"$WORLD/goes-away"
  chmod 755 "$WORLD/goes-away"
  ln -sf "$WORLD/goes-away" "$BIN/nomad"
  hook nomad drain
  exits 0
  [ "$(cat "$WORLD/fake/eligibility")" = ineligible ]
}
