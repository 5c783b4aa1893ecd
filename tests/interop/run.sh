#!/bin/sh
# Installs the pinned SDKs below the build folder and lets them drive preempt-sim.
#   run.sh BUILD_FOLDER PREEMPT_SIM
# Exit 77: skipped, because there is no Node, no npm, or no package registry to be reached.
set -eu

here=$(dirname "$(readlink -f "$0")")
folder=$1
PREEMPT_SIM=$2
TEST_DATA=$(readlink -f "$here/../data")
RESPONSE_TREES=$TEST_DATA/simulator/response-trees.json
export PREEMPT_SIM RESPONSE_TREES TEST_DATA

skip() {
  echo "SKIP interop, the official SDKs against preempt-sim: $1"
  exit 77
}

command -v node >/dev/null || skip "node is not installed (apt-get install nodejs npm)"
command -v npm >/dev/null || skip "npm is not installed (apt-get install npm)"

mkdir -p "$folder"
cp "$here"/package.json "$here"/package-lock.json "$here"/*.js "$folder"
cd "$folder"
wanted=$(cksum <package-lock.json)
if [ "$(cat installed 2>/dev/null || true)" != "$wanted" ]; then
  npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1 || skip "npm ci failed: $(tail -n 1 npm.log)"
  echo "$wanted" >installed
fi
exec node --test
