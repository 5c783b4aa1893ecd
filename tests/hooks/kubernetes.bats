#!/usr/bin/env bats
# hooks/kubernetes: what becomes of the pods.

load support
load kubernetes

@test "kubernetes: the node of this instance is cordoned, tainted, told of and emptied, in that order" {
  cluster "$(pod web '.spec.terminationGracePeriodSeconds = 60')" \
    "$(pod ds '.metadata.ownerReferences[0] += {kind: "DaemonSet", name: "ds"}')" \
    "$(pod static '.metadata += {annotations: {"kubernetes.io/config.mirror": "x"}} | .metadata.ownerReferences[0] += {kind: "Node"}')"
  set_conf NODE=
  hook kubernetes drain
  exits 0
  before '{"unschedulable": true}' '"key": "preemptd/reclaim"'
  before '"key": "preemptd/reclaim"' 'event PreemptionNotice Node/cn-hangzhou.10.0.0.1'
  before 'event PreemptionNotice' 'evict default/web'
  called "evict default/web grace=own"
  never_called "node other"
  never_called "/ds"
  never_called "/static"
  says "evicted: default/web"
}

@test "kubernetes: a grace longer than the window is clipped to it" {
  cluster "$(pod web '.spec.terminationGracePeriodSeconds = 3600')"
  hook kubernetes drain
  exits 0
  grep -Eq 'evict default/web grace=[1-9][0-9]?$' "$CALLS"
}

@test "kubernetes: what a disruption budget blocks is deleted before the slot ends, and not earlier" {
  SECONDS_LEFT=60
  cluster "$(pod web)" "$(pod db '.metadata.annotations = {"test/eviction": "blocked"}')" \
    "$(pod cache '.metadata.annotations = {"test/eviction": "ambiguous"}')"
  set_conf LEAD=45
  local from=$SECONDS
  hook kubernetes drain
  exits 0
  [ $((SECONDS - from)) -ge 11 ]
  complains "deleting them"
  before "evict default/web" "delete default/db grace="
  called "delete default/cache grace="
  never_called "delete default/web"
  says "evicted: default/web"
  says "deleted: default/db default/cache"
}

@test "kubernetes: an API server that fails for a moment has no budget overruled" {
  cluster "$(pod web)" "$(pod db '.metadata.annotations = {"test/eviction": "later"}')"
  hook kubernetes drain
  exits 0
  called "evict default/db"
  never_called "delete default/"
}

@test "kubernetes: with BLOCKED=leave it is named instead" {
  SECONDS_LEFT=40
  cluster "$(pod db '.metadata.annotations = {"test/eviction": "blocked"}')"
  set_conf LEAD=36 BLOCKED=leave
  hook kubernetes drain
  exits 1
  complains "pods still on cn-hangzhou.10.0.0.1: default/db"
  says "left: default/db"
  never_called "delete default/db"
}

@test "kubernetes: a DaemonSet's long grace is not the pods'" {
  cluster "$(pod web)" "$(pod ds '.metadata.ownerReferences[0] += {kind: "DaemonSet", name: "ds"} | .spec.terminationGracePeriodSeconds = 3600')"
  hook kubernetes drain
  exits 0
  called "evict default/web grace=own"
}

@test "kubernetes: a rehearsal with BLOCKED=leave and EVENT=no asks for no right that these do not need" {
  DENIED='["delete pods", "create events"]' cluster "$(pod web)"
  set_conf BLOCKED=leave EVENT=no
  REHEARSAL=1
  hook kubernetes drain
  exits 0
}

@test "kubernetes: a rehearsal changes nothing, and names the rights that are missing" {
  DENIED='["create pods eviction"]' cluster "$(pod web)"
  REHEARSAL=1
  hook kubernetes drain
  exits 1
  complains "not allowed to create pods --subresource=eviction"
  says "would run: kubectl cordon cn-hangzhou.10.0.0.1"
  says "web"
  [ ! -s "$CALLS" ]
}

@test "kubernetes: jobs of the namespaces that let them finish do so, and all other pods go at once" {
  SECONDS_LEFT=60
  local job='.metadata.namespace = "batch-a" | .metadata.ownerReferences[0] += {kind: "Job", name: "j"} | .spec.restartPolicy = "Never"'
  cluster "$(pod train "$job"' | .metadata.annotations = {"test/completes": "8"}')" \
    "$(pod elsewhere "$job"' | .metadata.namespace = "default"')" \
    "$(pod server '.metadata.namespace = "batch-a" | .spec.restartPolicy = "Always"')" \
    "$(pod db '.spec.restartPolicy = "Always" | .metadata.annotations = {"test/eviction": "later"}')" \
    "$(pod slow '.spec.terminationGracePeriodSeconds = 3600')"
  set_conf "LET_FINISH=ml batch-*" LEAD=10
  local from=$SECONDS
  hook kubernetes drain
  exits 0
  [ $((SECONDS - from)) -ge 5 ]
  [ $((SECONDS - from)) -le 40 ]
  says "may finish until 10 s are left: batch-a/train"
  for pod in default/elsewhere batch-a/server default/db; do called "evict $pod grace=own"; done
  grep -Eq 'evict default/slow grace=[345][0-9]$' "$CALLS"
  never_called "delete "
  says "evicted: default/elsewhere batch-a/server default/db default/slow"
  says "finished: batch-a/train"
}

@test "kubernetes: a job that does not finish until LEAD is evicted then, and deleted where that is blocked" {
  SECONDS_LEFT=30
  local job='.metadata.ownerReferences[0] += {kind: "Job", name: "j"} | .spec.restartPolicy = "OnFailure"'
  cluster "$(pod long "$job")" "$(pod blocked "$job"' | .metadata.annotations = {"test/eviction": "blocked"}')" \
    "$(pod web '.spec.restartPolicy = "Always"')"
  set_conf LET_FINISH=default LEAD=18
  local from=$SECONDS
  hook kubernetes drain
  exits 0
  [ $((SECONDS - from)) -ge 10 ]
  before "evict default/web" "evict default/long"
  before "evict default/long" "delete default/blocked"
  says "deleted: default/blocked"
}

@test "kubernetes: a rehearsal says which pods may finish" {
  cluster "$(pod train '.spec.restartPolicy = "Never"')"
  set_conf LET_FINISH=default
  REHEARSAL=1
  hook kubernetes drain
  exits 0
  says "may finish until 20 s are left: default/train"
}
