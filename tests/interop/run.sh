#!/bin/sh
# Installs the pinned npm packages of a folder of tests below the build folder, and runs its tests there.
#   run.sh TESTS BUILD_FOLDER NAME=VALUE...     the values are for the tests' environment
# Exit 77: skipped, because there is no Node, no npm, or no package registry to be reached.
set -eu

tests=$1
folder=$2
shift 2

skip() {
  echo "SKIP $(basename "$tests"), the tests by official npm packages: $1"
  exit 77
}

command -v node >/dev/null || skip "node is not installed (apt-get install nodejs npm)"
command -v npm >/dev/null || skip "npm is not installed (apt-get install npm)"

mkdir -p "$folder"
cp "$tests"/package.json "$tests"/package-lock.json "$tests"/*.js "$folder"
cd "$folder"
wanted=$(cksum <package-lock.json)
if [ "$(cat installed 2>/dev/null || true)" != "$wanted" ]; then
  npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1 || skip "npm ci failed: $(tail -n 1 npm.log)"
  echo "$wanted" >installed
fi
exec env "$@" node --test
