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

@test "docker: with STAY empty none stays" {
  printf '%s\n' STAY= | conf docker
  container c1 preemptd.drain=no
  hook docker drain
  exits 0
  called "stop -t 10 c1"
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

@test "docker: a daemon that is down is asked until the slot's end is near, then the drain may try again" {
  touch "$WORLD/fake/engine-down"
  SECONDS_LEFT=8
  hook docker drain
  exits 75
  complains "nothing stopped: docker does not answer"
  [ "$(grep -c 'docker ps' "$CALLS")" -ge 2 ]
}

@test "docker: a daemon that restarts while the notice comes is waited for" {
  container c1
  echo 3 >"$WORLD/fake/engine-down"
  hook docker drain
  exits 0
  says "/name-of-c1 stopped"
}

@test "docker: a stop that the daemon refuses is asked for again, and its silence is no stopped container" {
  container c1 stops=fails
  hook docker drain
  exits 0
  says "/name-of-c1 stopped"
  container c2
  printf '#!/bin/sh\n[ "$1" != stop ] || touch "$FAKE/engine-down"\nexec %s/docker "$@"\n' "$FAKES" >"$WORLD/goes-away"
  chmod 755 "$WORLD/goes-away"
  ln -sf "$WORLD/goes-away" "$BIN/docker"
  SECONDS_LEFT=10
  hook docker drain
  exits 1
  complains "c2: docker does not say whether it stopped"
}

@test "docker: a stop timeout of -1 means as long as it takes: all that the slot has" {
  container c1 made-with=-1
  container c2 preemptd.grace=-1
  container c3 made-with=0
  container c4 made-with=99999999999999999999
  SECONDS_LEFT=60
  hook docker drain
  exits 0
  local id
  for id in c1 c2 c4; do grep -Eq "stop -t 5[0-9] $id" "$CALLS"; done
  called "stop -t 0 c3"
  rm "$WORLD/fake/containers"/*
  echo GRACE=-1 | conf docker
  container c5
  REHEARSAL=1
  hook docker drain
  exits 0
  [[ $output =~ "would stop c5, with 5"[0-9]" s" ]]
}

@test "docker: a container that a supervisor starts again under another id is stopped too, and named" {
  container c1 app=web stops=returns
  echo LABEL=app=web | conf docker
  hook docker drain
  exits 1
  complains "/name-of-c1-again runs again, as c1-again: started by something else; stopped once more"
  called "docker stopped c1-again"
}

@test "podman: a container that a unit runs is stopped with its unit, and undo starts the unit" {
  fake systemctl
  mkdir -p "$WORLD/fake/units" "$WORLD/fake/triggers"
  echo active >"$WORLD/fake/units/web.service"
  echo active >"$WORLD/fake/units/web.socket"
  echo web.socket >"$WORLD/fake/triggers/web.service"
  container c1 PODMAN_SYSTEMD_UNIT=web.service
  hook podman drain
  before "stop web.socket" "stop web.service"
  never_called "podman stop"
  hook podman undo
  exits 0
  before "start web.socket" "start web.service"
  never_called "podman start"
}

@test "podman: a paused container is running: it is woken and stopped" {
  container c1
  sed -i '1s/.*/paused 0/' "$WORLD/fake/containers/c1"
  hook podman drain
  exits 0
  before "podman unpause c1" "podman stop -t 10 c1"
}

@test "docker: on a Swarm manager its node is drained, so that no task starts here again; undo takes that back" {
  echo active >"$WORLD/fake/swarm"
  container c1 com.docker.swarm.service.name=web
  hook docker drain
  exits 0
  before "node update --availability drain node-1" "stop -t 10 c1"
  hook docker undo
  exits 0
  [ "$(cat "$WORLD/fake/swarm")" = active ]
  rm "$WORLD/fake/swarm"
  hook docker drain
  complains "this node is no Swarm manager"
}

@test "podman: the same, through podman" {
  container c1
  hook podman drain
  exits 0
  called "podman stop -t 10 c1"
  hook podman undo
  called "podman start c1"
}

# The real podman, with a store of its own below the test's folder and a container made of its own image. Where this
# machine lacks what podman wants by default (cgroups without controllers of version 1, a limit it may raise) it does without.
real_podman() {
  needs podman podman
  local mounts=true
  [ ! -d /sys/fs/cgroup/unified ] || mounts="mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup"
  unshare --mount true 2>/dev/null || skip "no mount namespace of our own here"
  cat >"$WORLD/real-podman" <<END
#!/bin/sh
exec nsenter --mount=/proc/$(mount_namespace "$mounts")/ns/mnt -- $(PATH=$TOOLS command -v podman) --root $WORLD/store --runroot $WORLD/run \
  --storage-driver vfs --events-backend file --cgroup-manager cgroupfs "\$@"
END
  chmod 755 "$WORLD/real-podman"
  ln -sf "$WORLD/real-podman" "$BIN/podman"
}

# A process that keeps a mount namespace for as long as the test runs.
mount_namespace() {
  unshare --mount --propagation private sh -c "$1 && touch $WORLD/mounted && exec sleep 100" >/dev/null 2>&1 3>&- &
  eventually 5 test -e "$WORLD/mounted"
  echo $! | tee "$WORLD/namespace.pid"
}

clean() {
  [ ! -s "$WORLD/namespace.pid" ] || {
    "$BIN/podman" rm -f -t 0 --all >/dev/null 2>&1 || :
    kill $(cat "$WORLD"/*.pid)
  }
}

# run_container NAME SCRIPT OPTION...
run_container() {
  "$BIN/podman" run --detach --name "$1" --cgroups=disabled --network=none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
    "${@:3}" tiny /bin/sh -c "$2" >/dev/null 2>"$WORLD/why" 3>&- ||
    skip "podman cannot run a container here: $(tail -n1 "$WORLD/why")"
}

tiny_image() {
  needs busybox busybox-static
  mkdir -p "$WORLD/root/bin"
  cp "$(PATH=$TOOLS command -v busybox)" "$WORLD/root/bin/busybox"
  ln -s busybox "$WORLD/root/bin/sh"
  ln -s busybox "$WORLD/root/bin/sleep"
  tar -C "$WORLD/root" -c . | "$BIN/podman" import - tiny >/dev/null 2>&1
}

of() { "$BIN/podman" inspect --format "$2" "$1"; }

@test "podman: the real one understands every question and finds nothing to stop" {
  real_podman
  SECONDS_LEFT=60
  hook podman drain
  exits 0
  says "no container to stop"
}

# The real docker command, whose daemon is podman's service of the same interface.
real_docker() {
  local docker
  docker=$(PATH=$TOOLS command -v docker) || skip "docker is not installed (package docker.io)"
  real_podman
  "$BIN/podman" system service --time=0 "unix://$WORLD/engine.sock" >/dev/null 2>&1 3>&- &
  echo $! >"$WORLD/service.pid"
  printf '#!/bin/sh\nDOCKER_HOST=unix://%s exec %s "$@"\n' "$WORLD/engine.sock" "$docker" >"$WORLD/real-docker"
  chmod 755 "$WORLD/real-docker"
  ln -sf "$WORLD/real-docker" "$BIN/docker"
  eventually 10 test -S "$WORLD/engine.sock"
}

stops_real_containers() { # stops_real_containers ENGINE
  tiny_image
  local ends='trap "exit 0" TERM; while :; do sleep 0.1; done'
  run_container gentle "$ends" --label app=web
  run_container stubborn 'trap "" TERM; while :; do sleep 1; done' --label app=web --label preemptd.grace=1
  run_container other "$ends" --label app=db
  run_container stays "$ends" --label app=web --label preemptd.drain=no
  echo LABEL=app=web | conf "$1"
  REHEARSAL=1
  hook "$1" drain
  exits 0
  says "would stop $(of gentle '{{.Id}}'), with 10 s"
  says "would stop $(of stubborn '{{.Id}}'), with 1 s"
  [ "$(of gentle '{{.State.Running}}')" = true ]
  REHEARSAL=0
  hook "$1" drain
  exits 0
  says "gentle stopped"
  complains "stubborn had to be killed"
  [ "$(of other '{{.State.Running}}') $(of stays '{{.State.Running}}')" = "true true" ]
  hook "$1" drain
  exits 0
  says "no container to stop"
  hook "$1" undo
  exits 0
  [ "$(of gentle '{{.State.Running}}') $(of stubborn '{{.State.Running}}')" = "true true" ]
}

@test "podman: the real one stops real containers, those that are to stay stay, and undo starts them" {
  real_podman
  stops_real_containers podman
}

@test "docker: the real command does the same" {
  real_docker
  stops_real_containers docker
}
