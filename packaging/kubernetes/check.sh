#!/bin/sh
# Renders the manifests and validates every object against the schema of the Kubernetes API.
#   check.sh FOLDER       FOLDER: where the schemas are installed to, from npm
# Exit 77: skipped, because kubectl, node or the schemas are missing. Without helm the chart is left out with a message.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
skip() { echo "SKIP Kubernetes manifests: $1"; exit 77; }
for tool in kubectl node npm; do
  command -v $tool >/dev/null || skip "$tool is not installed"
done

mkdir -p "$1"
cp "$here"/check/* "$1"
cd "$1"
wanted=$(cksum <package-lock.json)
if [ "$(cat installed 2>/dev/null || true)" != "$wanted" ]; then
  npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1 || skip "npm ci failed: $(tail -n 1 npm.log)"
  echo "$wanted" >installed
fi

kubectl kustomize "$here/base" >base.yaml
node check.js <base.yaml
if command -v helm >/dev/null; then
  helm template preemptd "$here/helm" --namespace preemptd >chart.yaml
  node check.js <chart.yaml
else
  echo "SKIP Helm chart: helm is not installed"
fi
