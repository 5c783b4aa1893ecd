#!/usr/bin/env bats
# hooks/kubernetes: which node, how the cluster is reached, and undo.

load support
load kubernetes

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

@test "kubernetes: a node of this machine's name that belongs to another instance is not touched" {
  cluster "$(pod web)"
  jq --arg name "$(uname -n)" '.nodes[0].metadata.name = $name' "$WORLD/fake/cluster.json" >"$WORLD/c"
  mv "$WORLD/c" "$WORLD/fake/cluster.json"
  serve
  set_conf NODE=
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
  set_conf NODE=
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
  set_conf NODE=
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
  SECONDS_LEFT=8
  hook kubernetes drain
  exits 75
  complains "set NODE or KUBECONFIG"
}

@test "kubernetes: an API server that does not answer is a failure within the slot" {
  cluster "$(pod web)"
  kill -STOP "$SERVER"
  SECONDS_LEFT=4
  local from=$SECONDS
  hook kubernetes drain
  kill -CONT "$SERVER"
  exits 75
  [ $((SECONDS - from)) -le 9 ]
  complains "API server does not answer"
}

@test "kubernetes: the condition that the cloud's own detector sets is set at once, and undo takes it away" {
  cluster "$(pod web)"
  hook kubernetes drain
  exits 0
  before "condition cn-hangzhou.10.0.0.1 InstanceExpired True InstanceToBeTerminated" "event PreemptionNotice"
  : >"$CALLS"
  hook kubernetes undo
  exits 0
  called "condition cn-hangzhou.10.0.0.1 InstanceExpired gone"
}

@test "kubernetes: a condition that the detector keeps is said to be false again, and one it has set stays" {
  cluster "$(pod web)"
  detector() {
    jq --arg status "$1" '.nodes[1].status.conditions = [{type: "Ready", status: "True"}, {type: "InstanceExpired", status: $status}]' \
      "$WORLD/fake/cluster.json" >"$WORLD/c"
    mv "$WORLD/c" "$WORLD/fake/cluster.json"
    serve
  }
  detector False
  hook kubernetes drain
  hook kubernetes drain
  hook kubernetes undo
  exits 0
  called "InstanceExpired False InstanceNotToBeTerminated"
  : >"$CALLS"
  detector True
  hook kubernetes drain
  hook kubernetes undo
  exits 0
  never_called "condition "
}

@test "kubernetes: a kubectl older than 1.24 sets the condition too, with jq" {
  needs jq jq
  cluster "$(pod web)"
  printf '#!/bin/sh\ncase "$*" in "patch --help") exit 0 ;; *--subresource*) exit 1 ;; esac\nexec %s "$@"\n' \
    "$(PATH=$TOOLS command -v kubectl)" >"$WORLD/old-kubectl"
  chmod 755 "$WORLD/old-kubectl"
  ln -s "$WORLD/old-kubectl" "$BIN/kubectl"
  hook kubernetes drain
  exits 0
  called "condition cn-hangzhou.10.0.0.1 InstanceExpired True InstanceToBeTerminated"
  hook kubernetes undo
  exits 0
  called "condition cn-hangzhou.10.0.0.1 InstanceExpired gone"
}

@test "kubernetes: with CONDITION empty no condition is set, and no right to it asked for" {
  DENIED='["patch nodes status"]' cluster "$(pod web)"
  set_conf CONDITION=
  hook kubernetes drain
  exits 0
  never_called "condition "
  REHEARSAL=1
  hook kubernetes drain
  exits 0
  set_conf
  hook kubernetes drain
  exits 1
  complains "not allowed to patch nodes --subresource=status"
}

@test "kubernetes: an API server that is away in the first seconds is asked again" {
  cluster "$(pod web)"
  kill "$SERVER"
  (sleep 3; exec env PORT="$(cat "$WORLD/fake/port")" "$PYTHON" "$FAKES/kubernetes-api.py" "$WORLD/fake") >/dev/null 2>&1 3>&- &
  SERVER=$!
  SECONDS_LEFT=60
  hook kubernetes drain
  exits 0
  called "evict default/web"
}

@test "kubernetes: a node that is not registered yet is waited for, and cordoned when it is there" {
  cluster "$(pod web)"
  echo 3 >"$WORLD/fake/nodes-after"
  serve
  SECONDS_LEFT=60
  hook kubernetes drain
  exits 0
  called 'patch node cn-hangzhou.10.0.0.1 {"unschedulable": true}'
  SECONDS_LEFT=9
  jq '.nodes = []' "$WORLD/fake/cluster.json" >"$WORLD/c"
  mv "$WORLD/c" "$WORLD/fake/cluster.json"
  serve
  set_conf NODE= LEAD=2
  hook kubernetes drain
  exits 75
  complains "no node of this instance is known"
}
