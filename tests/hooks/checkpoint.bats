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

clean() { [ -z "${TRAINER-}" ] || { disown "$TRAINER"; kill -9 "$TRAINER" 2>/dev/null; } || :; }

trainer() {
  CALLS="$CALLS" FAKE="$WORLD/fake" "$FAKES/trainer" "$DONE" "$1" 3>&- &
  TRAINER=$!
  eventually 5 test -s "$WORLD/fake/trainer.pid"
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
