#!/bin/bash
# Lives through as many simulated worlds as asked, beginning where no test begins; prints the first seed that breaks a law.
#   tests/sim/soak.sh N [FIRST_SEED]
set -euo pipefail
cd "$(dirname "$0")/../.."
count=${1:?"usage: tests/sim/soak.sh N [FIRST_SEED]"}
first=${2:-$(date +%s)00000}
cmake --preset release >/dev/null
ninja -C build/release --quiet sim_world
exec build/release/tests/sim/sim_world --seeds "$count" --from "$first"
