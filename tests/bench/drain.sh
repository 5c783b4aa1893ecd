#!/bin/sh
# What a drain costs beside bare programs of the same run; docs/reference/node.md says what was seen.
#   drain.sh BUILD_FOLDER [TURNS]     (a release build; as root, on a machine that has nothing else to do)
set -eu
build=$(readlink -f "$1")
exec "$build/tests/bench/drain_bench" "$build/bin/preempt-drain" "${2:-30}"
