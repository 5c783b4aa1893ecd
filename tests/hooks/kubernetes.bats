#!/usr/bin/env bats
# hooks/kubernetes: the real kubectl, against an API server that checks what it is sent.

load support

clean() { [ -z "${SERVER-}" ] || kill "$SERVER" 2>/dev/null || :; }

# pod NAME [JQ-EDIT...]: one running pod of the node, as JSON.
pod() {
  jq -cn --arg name "$1" '{kind: "Pod", apiVersion: "v1",
    metadata: {name: $name, namespace: "default", uid: $name, ownerReferences: [{apiVersion: "apps/v1", kind: "ReplicaSet",
      name: "rs", uid: "rs", controller: true}]},
    spec: {nodeName: "cn-hangzhou.10.0.0.1", terminationGracePeriodSeconds: 30, containers: [{name: "c", image: "c"}]},
    status: {phase: "Running"}} | '"${2-.}"
}

# cluster POD...: starts the API server and points the hook's kubectl at it.
cluster() {
  needs kubectl kubernetes-client
  needs python3 python3
  printf '%s\n' "$@" | jq -s --argjson denied "${DENIED:-[]}" '{denied: $denied, pods: ., nodes: [
    {kind: "Node", apiVersion: "v1", metadata: {name: "other", uid: "other"}, spec: {providerID: "cn-hangzhou.i-11"}},
    {kind: "Node", apiVersion: "v1", metadata: {name: "cn-hangzhou.10.0.0.1", uid: "n"}, spec: {providerID: "cn-hangzhou.i-1"}}]}' \
    >"$WORLD/fake/cluster.json"
  "$PYTHON" "$FAKES/kubernetes-api.py" "$WORLD/fake" 3>&- &
  SERVER=$!
  eventually 5 test -s "$WORLD/fake/port"
  cat >"$WORLD/kubeconfig" <<END
{apiVersion: v1, kind: Config, current-context: c, clusters: [{name: c, cluster: {server: "http://127.0.0.1:$(cat "$WORLD/fake/port")"}}],
 contexts: [{name: c, context: {cluster: c, user: u}}], users: [{name: u, user: {}}]}
END
  set_conf
}

set_conf() { printf '%s\n' "KUBECONFIG=$WORLD/kubeconfig" "$@" | conf kubernetes; }

@test "kubernetes: the node of this instance is cordoned, tainted, told of and emptied, in that order" {
  cluster "$(pod web '.spec.terminationGracePeriodSeconds = 60')" \
    "$(pod ds '.metadata.ownerReferences[0] += {kind: "DaemonSet", name: "ds"}')" \
    "$(pod static '.metadata += {annotations: {"kubernetes.io/config.mirror": "x"}} | .metadata.ownerReferences[0] += {kind: "Node"}')"
  hook kubernetes drain
  exits 0
  before '{"unschedulable": true}' '"key": "preemptd/reclaim"'
  before '"key": "preemptd/reclaim"' 'event PreemptionNotice Node/cn-hangzhou.10.0.0.1'
  before 'event PreemptionNotice' 'evict default/web'
  called "evict default/web grace=own"
  never_called "node other"
  never_called "/ds"
  never_called "/static"
}

@test "kubernetes: a grace longer than the window is clipped to it" {
  SECONDS_LEFT=40
  cluster "$(pod web '.spec.terminationGracePeriodSeconds = 3600')"
  hook kubernetes drain
  exits 0
  grep -Eq 'evict default/web grace=1?[0-9]$' "$CALLS"
}

@test "kubernetes: what a disruption budget blocks is deleted before the slot ends" {
  SECONDS_LEFT=18
  cluster "$(pod web)" "$(pod db '.metadata.annotations = {"test/eviction": "blocked"}')"
  set_conf LEAD=11
  hook kubernetes drain
  exits 0
  complains "deleting them"
  called "evict default/web"
  called "delete default/db grace="
  before "evict default/web" "delete default/db"
}

@test "kubernetes: with BLOCKED=leave it is named instead" {
  SECONDS_LEFT=14
  cluster "$(pod db '.metadata.annotations = {"test/eviction": "blocked"}')"
  set_conf LEAD=8 BLOCKED=leave
  hook kubernetes drain
  exits 1
  complains "pods still on cn-hangzhou.10.0.0.1: default/db"
  never_called "delete default/db"
}

@test "kubernetes: undo takes back taint and cordon" {
  cluster "$(pod web)"
  hook kubernetes drain
  : >"$CALLS"
  hook kubernetes undo
  exits 0
  called 'taints'
  called '"unschedulable": '
  called "event PreemptionWithdrawn"
  run kubectl --kubeconfig "$WORLD/kubeconfig" get node cn-hangzhou.10.0.0.1 -o jsonpath='{.spec.unschedulable}/{.spec.taints}'
  [[ $output == /* || $output == false/* ]] && [[ $output != *reclaim* ]]
}

@test "kubernetes: a node that was cordoned before stays cordoned after undo" {
  cluster "$(pod web)"
  kubectl --kubeconfig "$WORLD/kubeconfig" cordon cn-hangzhou.10.0.0.1
  hook kubernetes drain
  hook kubernetes undo
  exits 0
  run kubectl --kubeconfig "$WORLD/kubeconfig" get node cn-hangzhou.10.0.0.1 -o jsonpath='{.spec.unschedulable}'
  [ "$output" = true ]
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

@test "kubernetes: an API server that does not answer is a failure within the slot" {
  cluster "$(pod web)"
  kill -STOP "$SERVER"
  SECONDS_LEFT=4
  local from=$SECONDS
  hook kubernetes drain
  kill -CONT "$SERVER"
  exits 1
  [ $((SECONDS - from)) -le 9 ]
  complains "API server does not answer"
}
