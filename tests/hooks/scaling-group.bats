#!/usr/bin/env bats
# hooks/scaling-group, with a small cloud that checks what it is sent.

load support

prepare() {
  needs jq jq
  fake preemptctl
  cloud '.'
}

cloud() { jq -n '{scaling: {id: "asg-1", state: "InService"}} | '"$1" >"$WORLD/fake/cloud.json"; }
state() { jq -r .scaling.state "$WORLD/fake/cloud.json"; }
pending='.scaling.actions = [
  {LifecycleHookId: "ash-1", LifecycleActionToken: "T1", InstanceIds: {InstanceId: ["i-1"]}},
  {LifecycleHookId: "ash-2", LifecycleActionToken: "T2", InstanceIds: ["i-2"]}]'

@test "scaling-group: the instance goes to standby once, and returns in undo" {
  hook scaling-group drain
  exits 0
  [ "$(state)" = Standby ]
  hook scaling-group drain
  exits 0
  says "i-1 is Standby in asg-1 already"
  hook scaling-group undo
  exits 0
  [ "$(state)" = InService ]
}

@test "scaling-group: detached, the group's capacity stays, so that a replacement starts" {
  echo MODE=detach | conf scaling-group
  hook scaling-group drain
  exits 0
  called "DetachInstances --RegionId cn-hangzhou --ScalingGroupId asg-1 --InstanceId.1 i-1 --DecreaseDesiredCapacity false"
  hook scaling-group drain
  exits 0
  says "left its group already"
  hook scaling-group undo
  exits 0
  [ "$(state)" = InService ]
}

@test "scaling-group: the lifecycle action of this instance is held till the deadline, not another's" {
  cloud "$pending | .scaling.state = \"Removing:Wait\""
  hook scaling-group drain
  exits 0
  grep -Eq 'RecordLifecycleActionHeartbeat .*--lifecycleHookId ash-1 --lifecycleActionToken T1 --heartbeatTimeout 1[234][0-9]' "$CALLS"
  never_called T2
  says "i-1 is Removing:Wait in asg-1 already"
}

@test "scaling-group: enabled as …-complete, it completes that action and nothing else" {
  cloud "$pending"
  ln -s "$HOOKS/scaling-group" "$WORLD/95-scaling-group-complete"
  run --separate-stderr hook_env "$WORLD/95-scaling-group-complete" drain
  exits 0
  called "CompleteLifecycleAction --RegionId cn-hangzhou --LifecycleHookId ash-1 --LifecycleActionToken T1 --LifecycleActionResult CONTINUE"
  never_called T2
  [ "$(state)" = InService ]
}

@test "scaling-group: an instance of no group is not applicable" {
  cloud '.scaling = {}'
  hook scaling-group drain
  exits 77
}

@test "scaling-group: a refusal is passed on; a rehearsal changes nothing" {
  cloud '.refuse = ["EnterStandby"]'
  hook scaling-group drain
  exits 1
  complains "needs ess:EnterStandby"
  cloud '.'
  REHEARSAL=1
  hook scaling-group drain
  exits 0
  says "would call ess EnterStandby"
  [ "$(state)" = InService ]
}

@test "scaling-group: a group busy with another activity is asked again; an undo of what never happened is content" {
  cloud '.busy = {EnterStandby: 1}'
  hook scaling-group drain
  exits 0
  [ "$(state)" = Standby ]
  hook scaling-group undo
  cloud '.refuse = ["EnterStandby"]'
  hook scaling-group drain
  exits 1
  hook scaling-group undo
  exits 0
  says "i-1 is in asg-1, InService"
  [ "$(grep -c ExitStandby "$CALLS")" -eq 1 ]
}

replacements() { jq '.scaling.replacements // 0' "$WORLD/fake/cloud.json"; }

@test "scaling-group: a group that replaces reclaimed instances itself is not made to start a second one" {
  cloud '.scaling.says = {SpotInstanceRemedy: true, CompensateWithOnDemand: true}'
  echo MODE=detach | conf scaling-group
  hook scaling-group drain
  exits 0
  says "asg-1 replaces i-1 itself (SpotInstanceRemedy), if need be by a pay-as-you-go one"
  never_called DetachInstances
  [ "$(replacements)" = 0 ]
  hook scaling-group undo
  exits 0
  never_called AttachInstances
  cloud '.scaling.says = {SpotInstanceRemedy: false, CompensateWithOnDemand: true}'
  hook scaling-group drain
  exits 0
  [ "$(replacements)" = 1 ]
}

@test "scaling-group: one that lowers the capacity is detached in any case, and standby starts none" {
  cloud '.scaling.says = {SpotInstanceRemedy: true}'
  printf '%s\n' MODE=detach DECREASE_CAPACITY=yes | conf scaling-group
  hook scaling-group drain
  exits 0
  [ "$(state)" = null ]
  cloud '.scaling.says = {SpotInstanceRemedy: true}'
  rm "$CONF/scaling-group.conf"
  hook scaling-group drain
  exits 0
  [ "$(state)" = Standby ]
  [ "$(replacements)" = 0 ]
}

@test "scaling-group: where it cannot be known whether the group replaces it, it is not detached, and the rehearsal fails" {
  echo MODE=detach | conf scaling-group
  cloud '.refuse = ["DescribeScalingGroups"]'
  REHEARSAL=1
  hook scaling-group drain
  exits 1
  complains "needs ess:DescribeScalingGroups"
  REHEARSAL=0
  hook scaling-group drain
  exits 1
  complains "one reclaim must not start two"
  never_called DetachInstances
}

@test "scaling-group: a service that does not answer at first, or whose answer is lost, is asked again" {
  cloud '.down = {DescribeScalingInstances: 2} | .unwell = {DescribeScalingGroups: 1} | .lost = {DetachInstances: 1}'
  echo MODE=detach | conf scaling-group
  hook scaling-group drain
  exits 0
  says "i-1 left asg-1 (detach)"
  [ "$(replacements)" = 1 ]
}

@test "scaling-group: a service that does not answer until the slot ends: the drain may try again" {
  cloud '.down = {DescribeScalingInstances: 999}'
  SECONDS_LEFT=8
  hook scaling-group drain
  exits 75
  complains "Auto Scaling does not answer for i-1"
}
