#!/usr/bin/env bats
# The hooks that call ECS, through the real preemptctl against the real preempt-sim: signed, refused where wrong, stateful.
# PREEMPTD_BIN is the folder with the built programs.

load support

prepare() {
  [ -x "${PREEMPTD_BIN:-}/preemptctl" ] || skip "PREEMPTD_BIN names no folder with the built programs"
  needs jq jq
  "$PREEMPTD_BIN/preempt-sim" serve --instance-id i-sim --ready-file "$WORLD/ready" --access-key key:secret >"$WORLD/sim.log" 2>&1 3>&- &
  SIM=$!
  eventually 10 test -s "$WORLD/ready"
  API=http://$(jq -r .api "$WORLD/ready")
  INSTANCE=i-sim
  HOOK_HOME=$WORLD/home
  mkdir -p "$HOOK_HOME/.aliyun"
  profile secret
  ln -s "$PREEMPTD_BIN/preemptctl" "$BIN/preemptctl"
}

clean() { [ -z "${SIM-}" ] || kill "$SIM"; }

profile() {
  echo '{"current": "default", "profiles": [{"name": "default", "mode": "AK", "access_key_id": "key",
    "access_key_secret": "'"$1"'", "region_id": "cn-hangzhou"}]}' >"$HOOK_HOME/.aliyun/config.json"
  chmod 600 "$HOOK_HOME/.aliyun/config.json"
}

settings() { printf '%s\n' "ENDPOINT=$API" "${@:2}" | conf "$1"; }

disk() {
  HOME=$HOOK_HOME "$PREEMPTD_BIN/preemptctl" api ecs DescribeDisks --RegionId cn-hangzhou --InstanceId i-sim --DiskType data \
    --endpoint "$API" --region cn-hangzhou --output json | jq -r ".Disks.Disk[0] | $1"
}

@test "cloud: keep-disk keeps the instance's data disk and tags it, and undo takes both back" {
  settings keep-disk
  hook keep-disk drain
  exits 0
  says "kept: d-"
  [ "$(disk .DeleteWithInstance)" = false ]
  [ "$(disk '[.Tags.Tag[] | .TagKey + "=" + .TagValue] | sort | join(" ")')" = "preemptd:kept-from=i-sim preemptd:notice=n-1" ]
  hook keep-disk drain
  exits 0
  hook keep-disk undo
  exits 0
  [ "$(disk .DeleteWithInstance)" = true ]
  [ "$(disk '.Tags.Tag | length')" = 0 ]
}

@test "cloud: snapshot starts one and sees it through" {
  settings snapshot
  hook snapshot drain
  exits 0
  says ": done"
  local first=$output
  hook snapshot drain
  exits 0
  [ "$(grep -o 's-[a-z0-9]*: done' <<<"$output")" = "$(grep -o 's-[a-z0-9]*: done' <<<"$first")" ]
}

@test "cloud: a wrong key is the cloud's own words" {
  profile wrong
  settings keep-disk
  hook keep-disk drain
  exits 1
  complains "SignatureDoesNotMatch"
}

@test "cloud: a rehearsal asks and changes nothing" {
  settings keep-disk
  REHEARSAL=1
  hook keep-disk drain
  exits 0
  [ "$(disk .DeleteWithInstance)" = true ]
}
