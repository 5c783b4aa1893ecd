#!/bin/sh
# CPU of one DescribeInstances at 1, 10 and 100 instances: floors, ours, and the official Node SDK, in one run.
#   describe.sh BUILD_FOLDER [CALLS]
# The SDK is the one tests/interop/run.sh installs below the build folder; without it its column is 0.
set -eu
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "$1")
export NODE_PATH="${NODE_PATH:-$build/tests/interop/sdk/node_modules}"
[ -d "$NODE_PATH/@alicloud/ecs20140526" ] || echo "no Node SDK below $NODE_PATH: run ctest -R '^interop\$' first" >&2
exec "$build/tests/bench/describe_bench" "${2:-300}" "$here/describe.js"
