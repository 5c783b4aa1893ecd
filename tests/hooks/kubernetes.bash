# The real kubectl, against an API server that checks what it is sent.

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

# The node is named unless the test is about finding it: NODE=
set_conf() { printf '%s\n' "KUBECONFIG=$WORLD/kubeconfig" NODE=cn-hangzhou.10.0.0.1 "$@" | conf kubernetes; }
