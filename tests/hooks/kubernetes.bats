#!/usr/bin/env bats
# hooks/kubernetes: the real kubectl, against an API server that checks what it is sent.

load support

clean() {
  [ -z "${KUBELET-}" ] || pkill -P "$KUBELET" || :
  [ -z "${SERVER-}" ] || kill "$SERVER" 2>/dev/null || :
}

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
  serve
}

serve() {
  if [ -n "${SERVER-}" ]; then kill "$SERVER"; rm -f "$WORLD/fake/port"; fi
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

@test "kubernetes: an undo after a drain that died early, or found nothing to do, is content" {
  cluster "$(pod web)"
  hook kubernetes undo
  exits 0
  [ ! -s "$CALLS" ]
  hook kubernetes drain
  kubectl --kubeconfig "$WORLD/kubeconfig" taint node cn-hangzhou.10.0.0.1 preemptd/reclaim-
  hook kubernetes undo
  exits 0
}

@test "kubernetes: a DaemonSet's long grace is not the pods'" {
  cluster "$(pod web)" "$(pod ds '.metadata.ownerReferences[0] += {kind: "DaemonSet", name: "ds"} | .spec.terminationGracePeriodSeconds = 3600')"
  hook kubernetes drain
  exits 0
  called "evict default/web grace=own"
}

@test "kubernetes: a node of this machine's name that belongs to another instance is not touched" {
  cluster "$(pod web)"
  jq --arg name "$(uname -n)" '.nodes[0].metadata.name = $name' "$WORLD/fake/cluster.json" >"$WORLD/c"
  mv "$WORLD/c" "$WORLD/fake/cluster.json"
  serve
  hook kubernetes drain
  exits 0
  never_called "node $(uname -n)"
  called "patch node cn-hangzhou.10.0.0.1"
}

@test "kubernetes: a node with no provider id is found by the name its kubelet was given" {
  cluster "$(pod web '.spec.nodeName = "given"')"
  jq '.nodes[1].metadata.name = "given" | del(.nodes[1].spec.providerID)' "$WORLD/fake/cluster.json" >"$WORLD/c"
  mv "$WORLD/c" "$WORLD/fake/cluster.json"
  serve
  printf '#!/bin/sh\nsleep 60\n' >"$WORLD/kubelet"
  chmod 755 "$WORLD/kubelet"
  "$WORLD/kubelet" --v=2 --hostname-override=given >/dev/null 2>&1 3>&- &
  KUBELET=$!
  hook kubernetes drain
  exits 0
  called "evict default/web"
}

@test "kubernetes: a node with the name that ACK gives is found without asking for all" {
  local address name
  address=$(hostname -I) && [ -n "$address" ] || skip "this machine has no address"
  name=cn-hangzhou.${address%% *}
  DENIED='["list nodes"]' cluster "$(pod web ".spec.nodeName = \"$name\"")"
  jq --arg name "$name" '.nodes[1].metadata.name = $name' "$WORLD/fake/cluster.json" >"$WORLD/c"
  mv "$WORLD/c" "$WORLD/fake/cluster.json"
  serve
  hook kubernetes drain
  exits 0
  called "evict default/web"
}

@test "kubernetes: in the cluster, by the pod's own service account, over TLS" {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=api -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$WORLD/key.pem" -out "$WORLD/ca.crt" 2>/dev/null
  cat "$WORLD/key.pem" "$WORLD/ca.crt" >"$WORLD/fake/tls.pem"
  printf 'the-token' | tee "$WORLD/fake/token" >"$WORLD/token"
  cluster "$(pod web)"
  local account=/run/secrets/kubernetes.io/serviceaccount
  with_mounts "mount -t tmpfs none /run && mkdir -p $account && cp $WORLD/ca.crt $WORLD/token $account"
  HOOK_HOME=$WORLD
  printf '%s\n' IN_CLUSTER=yes "API_SERVER=127.0.0.1:$(cat "$WORLD/fake/port")" | conf kubernetes
  hook kubernetes drain
  exits 0
  called "evict default/web grace=own"
  echo wrong >"$WORLD/token"
  hook kubernetes drain
  exits 1
  complains "set NODE or KUBECONFIG"
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
