#!/usr/bin/env bats
# The hooks that docs/hooks/writing.md shows keep the contract that it describes, also by `preemptctl hooks check` of the
# built programs, in the folder PREEMPTD_BIN.

load support

prepare() {
  PAGE=$HOOKS/../docs/hooks/writing.md
  mkdir -p "$WORLD/app"
}

# example NAME: that code block of the page, its folder moved into the test's world.
example() {
  awk -v name="$1" '$0 ~ "^```[a-z]+ " name "$" { on = 1; next } /^```$/ { on = 0 } on' "$PAGE" |
    sed "s|/run/app|$WORLD/app|g" >"$WORLD/$1"
  [ -s "$WORLD/$1" ]
  chmod 755 "$WORLD/$1"
}

call() { run --separate-stderr hook_env "$PROGRAM" "$1"; }

keeps_the_contract() {
  call sideways
  exits 64
  call undo
  exits 0
  REHEARSAL=1 call drain
  exits 0
  says "would create"
  [ -z "$(ls "$WORLD/app")" ]
  call drain
  exits 0
  [ -e "$WORLD/app/paused" ]
  call drain
  exits 0
  REHEARSAL=1 call undo
  says "would remove"
  call undo
  exits 0
  [ ! -e "$WORLD/app/paused" ]
  touch "$WORLD/app/paused"
  call drain
  call undo
  [ -e "$WORLD/app/paused" ]
  echo work >"$WORLD/app/queue"
  local from=$SECONDS
  SECONDS_LEFT=2 call drain
  exits 1
  complains "not empty"
  [ $((SECONDS - from)) -le 6 ]
  rm "$WORLD/app"/*
  passes_the_check
  mv "$WORLD/app" "$WORLD/elsewhere"
  call drain
  exits 77
}

passes_the_check() {
  [ -n "${PREEMPTD_BIN-}" ] || return 0
  run --separate-stderr "$PREEMPTD_BIN/preemptctl" hooks check --real "$PROGRAM" 3>&-
  exits 0
  says "a second undo ended with 0"
}

@test "writing: the example in sh" {
  example 50-app.sh
  dash -n "$WORLD/50-app.sh"
  PROGRAM=$WORLD/50-app.sh
  keeps_the_contract
}

@test "writing: the example in Python" {
  needs "$PYTHON" python3
  example 50-app.py
  PROGRAM=$WORLD/50-app.py
  keeps_the_contract
}

@test "writing: the example in Go" {
  needs go golang-go
  example 50-app.go
  GOCACHE="$WORLD/cache" GOFLAGS=-mod=mod go build -o "$WORLD/50-app" "$WORLD/50-app.go"
  PROGRAM=$WORLD/50-app
  keeps_the_contract
}
