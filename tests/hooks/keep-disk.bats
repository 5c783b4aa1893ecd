#!/usr/bin/env bats
# hooks/keep-disk and hooks/snapshot, with a small cloud that checks what it is sent.

load support

prepare() {
  needs jq jq
  fake preemptctl
  cloud '.'
}

# cloud EDIT: two data disks, one of which already outlives the instance, a system disk; edited with jq.
cloud() {
  jq -n '{disks: [
    {DiskId: "d-sys", Type: "system", DeleteWithInstance: true, Portable: false},
    {DiskId: "d-1", Type: "data", DeleteWithInstance: true, Portable: true, tags: {keep: "yes"}},
    {DiskId: "d-2", Type: "data", DeleteWithInstance: false, Portable: true}]} | '"$1" >"$WORLD/fake/cloud.json"
}

disk() { jq -r ".disks[] | select(.DiskId == \"$1\") | $2" "$WORLD/fake/cloud.json"; }

@test "keep-disk: data disks outlive the instance, tagged; undo gives back what was so before" {
  hook keep-disk drain
  exits 0
  says "kept: d-1 d-2"
  [ "$(disk d-1 .DeleteWithInstance)" = false ]
  [ "$(disk d-1 '.tags["preemptd:kept-from"] + .tags["preemptd:notice"]')" = i-1n-1 ]
  [ "$(disk d-sys .DeleteWithInstance)" = true ]
  hook keep-disk drain
  exits 0
  hook keep-disk undo
  exits 0
  [ "$(disk d-1 .DeleteWithInstance)" = true ] && [ "$(disk d-2 .DeleteWithInstance)" = false ]
  [ "$(disk d-1 '.tags | keys | join(" ")')" = keep ]
}

@test "keep-disk: only the chosen ones, by id or by tag" {
  cloud '.disks[2].DeleteWithInstance = true'
  echo WITH_TAG=keep=yes | conf keep-disk
  hook keep-disk drain
  exits 0
  [ "$(disk d-1 .DeleteWithInstance)" = false ] && [ "$(disk d-2 .DeleteWithInstance)" = true ]
  echo DISKS=d-2 | conf keep-disk
  hook keep-disk drain
  exits 0
  [ "$(disk d-2 .DeleteWithInstance)" = false ]
}

@test "keep-disk: a disk that is not this instance's is a failure, not a silence, and costs the others nothing" {
  echo "DISKS=d-9 d-1" | conf keep-disk
  hook keep-disk drain
  exits 1
  complains "d-9 is no data disk of i-1"
  [ "$(disk d-1 .DeleteWithInstance)" = false ]
}

@test "keep-disk: a local disk is named as lost, the others are kept" {
  cloud '.disks[2] += {DeleteWithInstance: true, Portable: false}'
  hook keep-disk drain
  exits 1
  complains "d-2 cannot be kept: it is a local disk"
  says "kept: d-1"
}

@test "keep-disk: a change that was answered but not made is found" {
  cloud '.disks[1].DiskId = "d-1" | .refuse = []'
  printf '#!/bin/sh\ncase "$*" in *ModifyDisk*) echo "{}" ;; *) exec %s "$@" ;; esac\n' "$FAKES/preemptctl" >"$WORLD/liar"
  chmod 755 "$WORLD/liar"
  ln -sf "$WORLD/liar" "$BIN/preemptctl"
  hook keep-disk drain
  exits 1
  complains "still released with the instance: d-1"
}

@test "keep-disk: a missing right is the cloud's own words; a tag that fails does not unkeep" {
  cloud '.refuse = ["ModifyDiskAttribute"]'
  hook keep-disk drain
  exits 1
  complains "needs ecs:ModifyDiskAttribute"
  cloud '.refuse = ["TagResources"]'
  hook keep-disk drain
  exits 0
  complains "is kept, but could not be tagged"
}

@test "keep-disk: a rehearsal asks and changes nothing; a cloud that hangs is cut off" {
  REHEARSAL=1
  hook keep-disk drain
  exits 0
  says "would call ecs ModifyDiskAttribute --RegionId cn-hangzhou --DiskId d-1 --DeleteWithInstance false"
  [ "$(disk d-1 .DeleteWithInstance)" = true ]
  REHEARSAL=0
  cloud '.slow = ["DescribeDisks"]'
  SECONDS_LEFT=3
  hook keep-disk drain
  exits 75
  complains "could not be listed"
}

@test "snapshot: one a disk, waited for; a second drain makes no second one" {
  hook snapshot drain
  exits 0
  says "s-1: done"
  says "s-2: done"
  hook snapshot drain
  exits 0
  [ "$(jq '.snapshots | length' "$WORLD/fake/cloud.json")" -eq 2 ]
}

@test "snapshot: one that is not done in time is said not to be" {
  cloud '.snapshot_takes = 1000'
  echo DISKS=d-1 | conf snapshot
  SECONDS_LEFT=15
  hook snapshot drain
  exits 1
  complains "s-1: 40% done; it fails if the instance stops before it is complete"
}

@test "snapshot: undo leaves them, or deletes them if asked to" {
  hook snapshot drain
  hook snapshot undo
  exits 0
  [ "$(jq '.snapshots | length' "$WORLD/fake/cloud.json")" -eq 2 ]
  echo DELETE_ON_UNDO=yes | conf snapshot
  hook snapshot undo
  exits 0
  [ "$(jq '.snapshots | length' "$WORLD/fake/cloud.json")" -eq 0 ]
}

@test "snapshot: the system disk only if asked; a rehearsal starts none" {
  echo SYSTEM_DISK=yes | conf snapshot
  REHEARSAL=1
  hook snapshot drain
  exits 0
  says "would call ecs CreateSnapshot --DiskId d-sys"
  [ "$(jq '.snapshots' "$WORLD/fake/cloud.json")" = null ]
}

@test "keep-disk: a cloud that does not answer at first is asked again" {
  cloud '.down = {DescribeDisks: 2, ModifyDiskAttribute: 1} | .unwell = {TagResources: 1}'
  hook keep-disk drain
  exits 0
  says "kept: d-1 d-2"
  [ "$(disk d-1 '.tags["preemptd:kept-from"]')" = i-1 ]
}

@test "keep-disk: a right that is missing is asked for once" {
  cloud '.refuse = ["DescribeDisks"]'
  hook keep-disk drain
  exits 1
  complains "needs ecs:DescribeDisks"
  [ "$(grep -c DescribeDisks "$CALLS")" -eq 1 ]
}

@test "snapshot: a cloud that does not answer at first is asked again, and no second snapshot made" {
  cloud '.down = {DescribeDisks: 1, DescribeSnapshots: 1} | .lost = {CreateSnapshot: 1}'
  echo DISKS=d-1 | conf snapshot
  hook snapshot drain
  exits 0
  says "s-1: done"
  [ "$(jq '.snapshots | length' "$WORLD/fake/cloud.json")" -eq 1 ]
}

@test "snapshot: one whose state is not known is not said to be done" {
  cloud '.down = {DescribeSnapshots: 999}'
  echo DISKS=d-1 | conf snapshot
  SECONDS_LEFT=15
  hook snapshot drain
  exits 1
  complains "s-1: its state is not known"
}
