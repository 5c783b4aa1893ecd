#!/usr/bin/env bats
# hooks/wall, with the real wall and a real terminal.

load support

# told EVENT: runs the hook while somebody is logged in.
told() {
  needs "$PYTHON" python3
  with_mounts true
  VIA+=("$PYTHON" "$FAKES/logged-in.py")
  hook wall "$1"
}

@test "wall: people on a terminal learn when the instance goes" {
  told drain
  exits 0
  says "terminal saw:"
  says "being reclaimed at 2030-01-01T00:05:00Z, in "
}

@test "wall: undo tells them that it stays, if they had been told anything else" {
  told undo
  exits 0
  [[ $output != *"it stays"* ]]
  touch "$STATE/told"
  told undo
  exits 0
  says "it stays"
}

@test "wall: a rehearsal tells nobody" {
  REHEARSAL=1
  told drain
  exits 0
  says "would tell: This instance"
  [[ $output != *"terminal saw: "*reclaimed* ]]
}

@test "wall: new logins are kept out until undo, and a file of somebody else's is left alone" {
  printf '%s\n' NOLOGIN=yes "NOLOGIN_FILE=$WORLD/nologin" 'MESSAGE=bye' | conf wall
  fake wall
  hook wall drain
  exits 0
  grep -q "being reclaimed at 2030" "$WORLD/nologin"
  hook wall drain
  hook wall undo
  exits 0
  [ ! -e "$WORLD/nologin" ]
  echo "maintenance" >"$WORLD/nologin"
  hook wall drain
  hook wall undo
  [ "$(cat "$WORLD/nologin")" = maintenance ]
}

@test "wall: a rehearsal refuses a file that would keep people out of an image, too" {
  printf '%s\n' NOLOGIN=yes "NOLOGIN_FILE=$WORLD/nologin" | conf wall
  fake wall
  REHEARSAL=1
  hook wall drain
  exits 78
  complains "outlives a boot"
}
