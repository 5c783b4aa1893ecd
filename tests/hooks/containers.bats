#!/usr/bin/env bats
# hooks/docker and hooks/podman: with an engine that keeps what it is told, and with the real podman.

load support

prepare() {
  fake docker podman
  mkdir -p "$WORLD/fake/containers"
}

# container ID LABEL...: one that runs.
container() {
  local id=$1
  shift
  { echo "running 0"; printf '%s\n' "$@"; } >"$WORLD/fake/containers/$id"
}

@test "docker: all containers are stopped, each with its own grace, and undo starts them again" {
  container c1 preemptd.grace=3
  container c2 app=web
  hook docker drain
  exits 0
  called "docker stop -t 3 c1"
  called "docker stop -t 10 c2"
  says "/name-of-c1 stopped"
  hook docker undo
  exits 0
  called "docker start c1"
  called "docker start c2"
}

@test "docker: only those with LABEL, and never those that say to stay" {
  echo LABEL=app=web | conf docker
  container c1 app=web
  container c2 app=db
  container c3 app=web preemptd.drain=no
  hook docker drain
  exits 0
  called "stop -t 10 c1"
  never_called "c2"
  never_called "stop -t 10 c3"
}

@test "docker: containers are stopped side by side" {
  container c1 stops=137 preemptd.grace=3
  container c2 stops=137 preemptd.grace=3
  container c3 stops=137 preemptd.grace=3
  hook docker drain
  exits 0
  before "stop -t 3 c3" "docker stopped c1"
  complains "/name-of-c2 had to be killed"
}

@test "docker: a grace longer than the slot is cut to it" {
  echo GRACE=600 | conf docker
  container c1
  SECONDS_LEFT=12
  hook docker drain
  exits 0
  grep -Eq 'stop -t [2-7] c1' "$CALLS"
}

@test "docker: what was not running before the drain is not started by undo" {
  container c1
  printf 'exited 0\n' >"$WORLD/fake/containers/old"
  hook docker drain
  hook docker undo
  called "start c1"
  never_called "start old"
}

@test "docker: a container that does not stop in the slot is named" {
  container c1 stops=never
  SECONDS_LEFT=5
  hook docker drain
  exits 1
  complains "/name-of-c1 still runs"
}

@test "docker: a daemon that is down is a failure, said" {
  touch "$WORLD/fake/engine-down"
  hook docker drain
  exits 1
  complains "docker does not answer"
}

@test "podman: the same, through podman" {
  container c1
  hook podman drain
  exits 0
  called "podman stop -t 10 c1"
  hook podman undo
  called "podman start c1"
}

# The real podman, with a store of its own below the test's folder.
real_podman() {
  needs podman podman
  cat >"$WORLD/real-podman" <<END
#!/bin/sh
exec $(PATH=$TOOLS command -v podman) --root $WORLD/store --runroot $WORLD/run --storage-driver vfs --events-backend file \
  --cgroup-manager cgroupfs "\$@"
END
  chmod 755 "$WORLD/real-podman"
  ln -sf "$WORLD/real-podman" "$BIN/podman"
}

@test "podman: the real one understands every question and finds nothing to stop" {
  real_podman
  SECONDS_LEFT=60
  hook podman drain
  exits 0
  says "no container to stop"
}

@test "podman: the real one stops a real container, and undo starts it" {
  real_podman
  mkdir -p "$WORLD/root/bin"
  local file
  for file in /bin/dash /bin/sleep $(ldd /bin/dash /bin/sleep | grep -o '/[^ :]*' | sort -u); do
    mkdir -p "$WORLD/root$(dirname "$file")"
    cp "$file" "$WORLD/root$file"
  done
  "$BIN/podman" run --detach --name t1 --label app=web --cgroups=disabled --network=none --rootfs "$WORLD/root" \
    /bin/dash -c 'trap "exit 0" TERM; while :; do sleep 0.1; done' >/dev/null 2>"$WORLD/why" 3>&- ||
    skip "podman cannot run a container here: $(tail -n1 "$WORLD/why")"
  echo LABEL=app=web | conf podman
  hook podman drain
  exits 0
  says "t1 stopped"
  hook podman undo
  exits 0
  [ "$("$BIN/podman" inspect --format '{{.State.Running}}' t1)" = true ]
  "$BIN/podman" rm -f -t 1 t1 >/dev/null
}
