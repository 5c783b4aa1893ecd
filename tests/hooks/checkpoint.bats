#!/usr/bin/env bats
# hooks/checkpoint: a training program that takes signals, a stand-in for ossutil, and the real rclone.

load support

prepare() {
  fake ossutil
  DONE=$WORLD/done
  mkdir -p "$WORLD/ckpt/deep"
  echo old >"$WORLD/ckpt/old.pt"
  touch -d '2 hours ago' "$WORLD/ckpt/old.pt"
  echo new >"$WORLD/ckpt/deep/new file.pt"
  echo half >"$WORLD/ckpt/half.pt.tmp"
}

clean() {
  local pid
  for pid in ${LAUNCHER-} $(cat "$WORLD"/fake/*.pid 2>/dev/null) ${TRAINER-}; do
    disown "$pid" 2>/dev/null || :
    kill -9 "$pid" 2>/dev/null || :
  done
}

trainer() {
  CALLS="$CALLS" FAKE="$WORLD/fake" "$FAKES/trainer" "$DONE" "$1" 3>&- &
  TRAINER=$!
  eventually 5 test -s "$WORLD/fake/trainer.pid"
}

# launcher [TRAINER]: a shell without handlers that runs a training program in the foreground, as a unit's ExecStart=/bin/bash run.sh.
launcher() {
  CALLS="$CALLS" FAKE="$WORLD/fake" bash -c "${1-$FAKES/trainer $DONE 0}; :" 3>&- &
  LAUNCHER=$!
  eventually 5 test -s "$WORLD/fake/trainer.pid"
  echo "$LAUNCHER" >"$WORLD/launcher"
}
by_launcher() { printf '%s\n' "PIDFILE=$WORLD/launcher" "DONE_FILE=$DONE" "$@" | conf checkpoint; }

# program PYTHON: one that says in fake/trainer.pid that it is ready.
program() {
  printf '%s\n' 'import os, pathlib, signal, time' "FAKE = pathlib.Path('$WORLD/fake')" "DONE = pathlib.Path('$DONE')" \
    'def ready(): (FAKE / "new").write_text(str(os.getpid())); (FAKE / "new").rename(FAKE / "trainer.pid")' "$1" >"$WORLD/program.py"
}

by_pidfile() { printf '%s\n' "PIDFILE=$WORLD/fake/trainer.pid" "DONE_FILE=$DONE" "$@" | conf checkpoint; }
upload_to_oss() { printf '%s\n' "FOLDER=$WORLD/ckpt" 'DEST=oss://b/{instance}/{notice}' "$@" | conf checkpoint; }

@test "checkpoint: the program is asked to save, and the step it saved at is said" {
  trainer 1
  by_pidfile
  hook checkpoint drain
  exits 0
  says "saved at step 4200"
  hook checkpoint drain
  exits 0
  says "already"
  [ "$(grep -c "asked to save" "$CALLS")" -eq 1 ]
}

@test "checkpoint: a mark from before the asking is not believed" {
  trainer never
  by_pidfile
  echo "step 1" >"$DONE"
  SECONDS_LEFT=4
  hook checkpoint drain
  exits 1
  complains "not saved: $DONE was not written in time"
}

@test "checkpoint: found by pattern" {
  trainer 0
  printf '%s\n' "PATTERN=trainer $DONE" "DONE_FILE=$DONE" | conf checkpoint
  hook checkpoint drain
  exits 0
  says "saved at step 4200"
}

@test "checkpoint: a pattern that fits the hook itself does not end it" {
  trainer 0
  printf '%s\n' "PATTERN=$HOOKS/checkpoint drain|trainer $DONE" "DONE_FILE=$DONE" | conf checkpoint
  hook checkpoint drain
  exits 0
  says "saved at step 4200"
}

@test "checkpoint: a pid file older than its process is not believed" {
  sleep 60 3>&- &
  TRAINER=$!
  echo "$TRAINER" >"$WORLD/pid"
  touch -d '1 hour ago' "$WORLD/pid"
  printf '%s\n' "PIDFILE=$WORLD/pid" "DONE_FILE=$DONE" | conf checkpoint
  hook checkpoint drain
  exits 1
  complains "not signalled"
  kill -0 "$TRAINER"
}

@test "checkpoint: found by unit, which undo starts again if it ended" {
  trainer 0
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo "active $(cat "$WORLD/fake/trainer.pid")" >"$WORLD/fake/units/train.service"
  printf '%s\n' UNIT=train.service "DONE_FILE=$DONE" | conf checkpoint
  hook checkpoint drain
  exits 0
  echo inactive >"$WORLD/fake/units/train.service"
  hook checkpoint undo
  exits 0
  called "systemctl start train.service"
}

@test "checkpoint: containers are signalled through their engine" {
  printf '#!/bin/sh\necho "podman $*" >>%s\n' "$CALLS" >"$BIN/podman"
  chmod 755 "$BIN/podman"
  printf '%s\n' CONTAINER=trainer ENGINE=podman SIGNAL=USR2 | conf checkpoint
  hook checkpoint drain
  exits 0
  called "podman kill --signal=USR2 trainer"
  says "no DONE_FILE says whether they saved"
}

@test "checkpoint: no program to be found is a failure, said" {
  by_pidfile
  hook checkpoint drain
  exits 1
  complains "no training program was found"
}

@test "checkpoint: upload newest first, the mark last, half-written files left out" {
  upload_to_oss SIGNAL=
  hook checkpoint drain
  exits 0
  before "deep/new file.pt" "old.pt"
  before "old.pt" "oss://b/i-1/n-1/COMPLETE"
  says "2 files uploaded to oss://b/i-1/n-1, marked COMPLETE"
  [ "$(cat "$WORLD/fake/oss/b/i-1/n-1/deep/new file.pt")" = new ]
  [ "$(jq .files "$WORLD/fake/oss/b/i-1/n-1/COMPLETE")" -eq 2 ]
  never_called half
}

@test "checkpoint: an upload that is not whole gets no mark, and goes on where it was" {
  upload_to_oss SIGNAL=
  echo old.pt >"$WORLD/fake/oss-fails"
  hook checkpoint drain
  exits 1
  complains "not whole: 1 of 2 files"
  never_called COMPLETE
  rm "$WORLD/fake/oss-fails"
  : >"$CALLS"
  hook checkpoint drain
  exits 0
  never_called "new file.pt"
  called COMPLETE
}

@test "checkpoint: an upload longer than the slot keeps what is newest" {
  upload_to_oss SIGNAL=
  echo 2 >"$WORLD/fake/oss-slow"
  SECONDS_LEFT=5
  hook checkpoint drain
  exits 1
  complains "not whole: 1 of 2"
  [ -e "$WORLD/fake/oss/b/i-1/n-1/deep/new file.pt" ]
}

@test "checkpoint: the real rclone uploads too" {
  needs rclone rclone
  printf '%s\n' SIGNAL= "FOLDER=$WORLD/ckpt" "DEST=$WORLD/bucket" 'UPLOAD=rclone copyto --config /dev/null' | conf checkpoint
  hook checkpoint drain
  exits 0
  [ "$(cat "$WORLD/bucket/old.pt")" = old ] && [ -s "$WORLD/bucket/COMPLETE" ]
}

@test "checkpoint: a rehearsal asks nobody and uploads nothing" {
  trainer 0
  by_pidfile "FOLDER=$WORLD/ckpt" DEST=oss://b
  REHEARSAL=1
  hook checkpoint drain
  exits 0
  says "would send SIGUSR1"
  says "would run: ossutil cp -f"
  never_called ossutil
  never_called "asked to save"
}

@test "checkpoint: a folder with nowhere to go costs the upload, not the saving" {
  trainer 0
  by_pidfile "FOLDER=$WORLD/ckpt"
  hook checkpoint drain
  exits 1
  says "saved at step 4200"
  complains "no DEST to upload it to"
}

@test "checkpoint: a missing upload program is named" {
  upload_to_oss SIGNAL= UPLOAD=no-such-program
  hook checkpoint drain
  exits 1
  complains "no-such-program is not installed"
}

@test "checkpoint: a launcher without a handler is not signalled; rehearsal and drain say what to do" {
  launcher
  by_launcher
  REHEARSAL=1
  hook checkpoint drain
  exits 1
  complains "bash ($LAUNCHER) has no handler for SIGUSR1"
  complains "trainer ($(cat "$WORLD/fake/trainer.pid")), started by it, has one: set CHILDREN=yes"
  REHEARSAL=0
  hook checkpoint drain
  exits 1
  complains "not saved"
  kill -0 "$LAUNCHER"
  never_called "asked to save"
}

@test "checkpoint: with CHILDREN=yes what a launcher started is asked to save, and the launcher stays" {
  launcher
  by_launcher CHILDREN=yes
  REHEARSAL=1
  hook checkpoint drain
  exits 0
  says "would send SIGUSR1 to process $(cat "$WORLD/fake/trainer.pid")"
  REHEARSAL=0
  hook checkpoint drain
  exits 0
  says "saved at step 4200"
  kill -0 "$LAUNCHER"
}

@test "checkpoint: what the trainer itself started inherits its handler, and is not asked" {
  program 'signal.signal(signal.SIGUSR1, lambda *_: (FAKE / f"asked.{os.getpid()}").touch())
if os.fork() == 0:
    time.sleep(60)
else:
    ready()
    time.sleep(60)
    time.sleep(60)'
  launcher "$PYTHON $WORLD/program.py"
  printf '%s\n' "PIDFILE=$WORLD/launcher" CHILDREN=yes | conf checkpoint
  hook checkpoint drain
  exits 0
  eventually 5 test -e "$WORLD/fake/asked.$(cat "$WORLD/fake/trainer.pid")"
  pkill -P "$(cat "$WORLD/fake/trainer.pid")"
  [ "$(find "$WORLD/fake" -name 'asked.*' | wc -l)" -eq 1 ]
}

@test "checkpoint: a program that waits for the signal without a handler is asked" {
  program 'signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
ready()
signal.sigwait([signal.SIGUSR1])
DONE.write_text("step 7")'
  "$PYTHON" "$WORLD/program.py" 3>&- &
  TRAINER=$!
  eventually 5 test -s "$WORLD/fake/trainer.pid"
  by_pidfile
  hook checkpoint drain
  exits 0
  says "saved at step 7"
}

@test "checkpoint: where nobody has a handler nobody is signalled" {
  launcher "echo 1 >$WORLD/fake/trainer.pid; sleep 60"
  by_launcher CHILDREN=yes
  rm "$WORLD/fake/trainer.pid"
  hook checkpoint drain
  exits 1
  complains 'have it save on SIGUSR1, or pass the signal on: "Programs that save"'
  kill -0 "$LAUNCHER"
  pkill -P "$LAUNCHER"
}

@test "checkpoint: of a pattern that fits launcher and trainer the trainer alone is signalled" {
  launcher
  printf '%s\n' "PATTERN=trainer $DONE" "DONE_FILE=$DONE" | conf checkpoint
  hook checkpoint drain
  exits 0
  says "bash ($LAUNCHER) has no handler for SIGUSR1: not signalled"
  says "saved at step 4200"
  kill -0 "$LAUNCHER"
}

@test "checkpoint: a container's main process without a handler is not signalled; its children are if asked to" {
  launcher
  printf '#!/bin/sh\necho "docker $*" >>%s\n[ "$1" != inspect ] || echo %s\n' "$CALLS" "$LAUNCHER" >"$BIN/docker"
  chmod 755 "$BIN/docker"
  printf '%s\n' CONTAINER=c "DONE_FILE=$DONE" | conf checkpoint
  hook checkpoint drain
  exits 1
  complains "bash ($LAUNCHER) has no handler"
  never_called "docker kill"
  printf '%s\n' CONTAINER=c "DONE_FILE=$DONE" CHILDREN=yes | conf checkpoint
  hook checkpoint drain
  exits 0
  says "saved at step 4200"
}

@test "checkpoint: the signal is named in any way, and a name that is none fails the rehearsal" {
  launcher
  local name
  for name in SIGUSR1 10; do
    by_launcher CHILDREN=yes "SIGNAL=$name"
    rm -rf "$DONE" "${STATE:?}"/*
    hook checkpoint drain
    exits 0
    says "saved at step 4200"
  done
  by_launcher SIGNAL=RTMIN+2
  rm -rf "$DONE" "${STATE:?}"/*
  hook checkpoint drain
  exits 1
  complains "has no handler for SIGRTMIN+2"
  by_launcher SIGNAL=USR9
  REHEARSAL=1
  hook checkpoint drain
  exits 78
  complains "SIGNAL must be a signal, not 'USR9'"
}

@test "checkpoint: a mark that nobody could write fails the rehearsal" {
  trainer 0
  printf '%s\n' "PIDFILE=$WORLD/fake/trainer.pid" "DONE_FILE=$WORLD/nowhere/done" | conf checkpoint
  REHEARSAL=1
  hook checkpoint drain
  exits 1
  complains "nowhere is no folder"
}

@test "checkpoint: a server that fails for a moment costs no upload; a checkpoint removed meanwhile is not missed" {
  upload_to_oss SIGNAL=
  printf '#!/bin/sh\nrm -f %s/ckpt/old.pt\n[ -e %s/failed ] || { touch %s/failed; exit 1; }\nexec %s "$@"\n' \
    "$WORLD" "$WORLD" "$WORLD" "$FAKES/ossutil" >"$WORLD/flaky"
  chmod 755 "$WORLD/flaky"
  ln -sf "$WORLD/flaky" "$BIN/ossutil"
  hook checkpoint drain
  exits 0
  says "1 files uploaded"
}

@test "checkpoint: the script of the page passes the signal on" {
  sed -n '/^```bash run.sh$/,/^```$/p' "$BATS_TEST_DIRNAME/../../docs/hooks/checkpoint.md" | sed '1d;$d' |
    sed "s|^python3 train.py|$FAKES/trainer $DONE 0|" >"$WORLD/run.sh"
  grep -q trainer "$WORLD/run.sh"
  CALLS="$CALLS" FAKE="$WORLD/fake" bash "$WORLD/run.sh" 3>&- &
  LAUNCHER=$!
  eventually 5 test -s "$WORLD/fake/trainer.pid"
  echo "$LAUNCHER" >"$WORLD/launcher"
  by_launcher
  hook checkpoint drain
  exits 0
  says "saved at step 4200"
  kill -0 "$LAUNCHER"
}
