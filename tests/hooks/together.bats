#!/usr/bin/env bats
# All ready-made hooks at once, under `preemptctl rehearse`: with counterparts that work, fail, hang, and are missing.
# PREEMPTD_BIN is the folder with the built programs.

load support

prepare() {
  [ -x "${PREEMPTD_BIN:-}/preemptctl" ] || skip "PREEMPTD_BIN names no folder with the built programs"
  [ "$(id -u)" = 0 ] || skip "not root"
  needs jq jq
  mkdir -p "$WORLD/hooks.d" "$WORLD/fake/units" "$WORLD/fake/containers" "$WORLD/folder"
  fake wall systemctl docker podman nomad consul preemptctl ossutil
  echo active >"$WORLD/fake/units/app.service"
  echo 'running 0' >"$WORLD/fake/containers/c1"
  : >"$WORLD/folder/a.pt"
  cat >"$WORLD/fake/cloud.json" <<'END'
{"instance": "i-bp1simulated0000own", "disks": [{"DiskId": "d-1", "Type": "data", "DeleteWithInstance": true, "Portable": true}],
 "groups": {"alb:sgp-1": [{"ServerId": "i-bp1simulated0000own", "Port": 80, "Weight": 70, "ServerType": "Ecs"}]},
 "scaling": {"id": "asg-1", "state": "InService"}}
END
  stub kubectl ':'
  stub scontrol 'echo "NodeName=n Arch=x State=IDLE CPUs=1"'
  stub squeue ':'
  stub nginx ':'
  stub haproxy ':'
  stub redis-cli 'echo role:slave'
  stub psql 'case $* in *recovery*) echo t ;; *) echo 0 ;; esac'
  local tool
  for tool in rabbitmqctl rabbitmq-diagnostics rabbitmq-upgrade; do stub "$tool" ':'; done
  printf '%s\n' UNIT=app.service USER_NAME=root | conf postgres
  echo UNITS=app.service | conf workers
  echo NODE=n | tee "$CONF/kubernetes.conf" >"$CONF/slurm.conf"
  echo CONDITION= >>"$CONF/kubernetes.conf" # the kubectl here is no real one
  printf '%s\n' "MARKER=$WORLD/draining" | conf node-exporter-marker
  echo UNITS=app.service | tee "$CONF/systemd-units.conf" >"$CONF/log-flush.conf"
  echo SERVER_GROUPS=alb:sgp-1 | conf load-balancer
  printf '%s\n' SIGNAL= "FOLDER=$WORLD/folder" DEST=oss://b | conf checkpoint
  mkdir -p "$WORLD/runner/bin"
  echo '{"agentId": 42}' >"$WORLD/runner/.runner"
  echo "GITHUB_DIR=$WORLD/runner" | conf ci-runner
  local name
  for name in $(cd "$HOOKS" && grep -slx '#!/bin/sh' -- *); do enable "$name"; done
}

stub() {
  printf '#!/bin/sh\n%s\n' "$2" >"$WORLD/stub-$1"
  chmod 755 "$WORLD/stub-$1"
  ln -sf "$WORLD/stub-$1" "$BIN/$1"
}

# enable NAME: as `preemptctl hooks enable` does, but by a script that first puts the counterparts in place, since a hook's
# environment is not ours to set.
enable() {
  local file
  file=$WORLD/hooks.d/$(printf '%02d-%s' "$(sed -n '2s/.*stage=\([0-9]*\).*/\1/p' "$HOOKS/$1")" "$1")
  cat >"$file" <<END
#!/bin/sh
$(sed -n 2p "$HOOKS/$1")
. $WORLD/counterparts
export PREEMPT_HOOKS_CONF_DIR=$CONF CALLS=$CALLS FAKE=$WORLD/fake
exec $HOOKS/$1 "\$@"
END
  chmod 755 "$file"
}

counterparts() { echo "export PATH=$1" >"$WORLD/counterparts"; }

# all_that BODY: every counterpart does that.
all_that() {
  local name
  for name in "$BIN"/*; do stub "$(basename "$name")" "$1"; done
  counterparts "$BIN:$TOOLS"
}

rehearse() {
  run --separate-stderr "$PREEMPTD_BIN/preemptctl" rehearse --hooks "$WORLD/hooks.d" --notice 300s "$@" --json 3>&-
  VERDICT=$output
}

verdict() { jq -r "$1" <<<"$VERDICT"; }

# Names of the hooks with that outcome, without their numbers.
with_outcome() { verdict "[.record.hooks[] | select(.result.outcome == \"$1\") | .name[3:]] | sort | join(\" \")"; }

equals() { [ "$1" = "$2" ] || { printf 'is:       %s\nexpected: %s\n' "$1" "$2"; verdict '.record.hooks[] | "\(.name) \(.result.outcome) \(.stdout.tail) \(.stderr.tail)"'; return 1; }; }

@test "together: with counterparts that work, all hooks fit into the notice and end well" {
  counterparts "$BIN:$TOOLS"
  rehearse --speed 5
  equals "$(with_outcome failed)$(with_outcome ran_out_of_time)$(with_outcome skipped)" ""
  equals "$(verdict '.fits, .hooks_succeeded, (.record.hooks | length)' | tr '\n' ' ')" "true true 22 "
  [ "$status" -eq 0 ]
  equals "$(cat "$WORLD/fake/units/app.service") $(jq -r '.disks[0].DeleteWithInstance' "$WORLD/fake/cloud.json")" "active true"
}

@test "together: counterparts that fail cost their own hooks alone" {
  all_that 'echo "it is broken" >&2; exit 1'
  rehearse --speed 5
  [ "$status" -ne 0 ]
  equals "$(with_outcome failed)" "consul docker keep-disk kubernetes load-balancer nomad podman postgres rabbitmq redis scaling-group slurm snapshot systemd-units workers"
  equals "$(verdict '.fits, (.record.hooks | length), .record.state' | tr '\n' ' ')" "true 22 drained "
}

@test "together: counterparts that hang take no other hook's time" {
  all_that 'sleep 600'
  rehearse --speed 10
  [ "$status" -ne 0 ]
  equals "$(verdict '(.record.hooks | length), .record.state, .record.margin_ms > 0' | tr '\n' ' ')" "22 drained true "
  equals "$(with_outcome not_started)$(with_outcome unkillable)" ""
  equals "$(with_outcome ok)" "checkpoint ci-runner haproxy log-flush nginx node-exporter-marker wall"
}

@test "together: with no counterpart here, hooks are skipped and say why" {
  mkdir "$WORLD/bare"
  local tool
  for tool in sh basename dirname readlink cat head tail tr cut sed awk grep sort find date sleep stat id mv rm sync timeout \
    printf uname wc sha256sum env; do
    ln -s "$(PATH=$TOOLS command -v "$tool")" "$WORLD/bare/$tool"
  done
  counterparts "$WORLD/bare"
  rm "$CONF"/*.conf
  rehearse --speed 5
  exits 0
  equals "$(verdict '[.record.hooks[] | select(.result.outcome == "skipped" and .stdout.bytes > 0)] | length')" 22
}

# restarting PROGRAM...: each refuses its first three calls, as one whose server restarts, and then is what it was.
restarting() {
  local name
  for name; do
    seq 3 >"$WORLD/refusals-$name"
    stub "$name" "if [ -s $WORLD/refusals-$name ]; then sed -i 1d $WORLD/refusals-$name; echo 'connection refused' >&2; exit 1; fi
exec $(readlink -f "$BIN/$name") \"\$@\""
  done
}

@test "together: with counterparts that restart while the notice comes, all hooks drain" {
  local name failed='' hooks='consul docker podman nomad keep-disk load-balancer scaling-group snapshot'
  sed -i 's/i-bp1simulated0000own/i-1/' "$WORLD/fake/cloud.json"
  echo SETTLE=0 >>"$CONF/load-balancer.conf"
  restarting consul docker podman nomad preemptctl
  for name in $hooks; do
    mkdir "$WORLD/state-$name"
    { STATE=$WORLD/state-$name hook_env "$HOOKS/$name" drain >"$WORLD/$name.out" 2>&1 || echo "$?" >"$WORLD/$name.failed"; } 3>&- &
  done
  wait
  for name in $hooks; do [ ! -e "$WORLD/$name.failed" ] || failed="$failed $name: $(cat "$WORLD/$name.failed" "$WORLD/$name.out")"; done
  [ -z "$failed" ] || { echo "$failed"; return 1; }
  [ "$(jq -r '.disks[0].DeleteWithInstance, .scaling.state' "$WORLD/fake/cloud.json" | tr '\n' ' ')" = "false Standby " ]
}
