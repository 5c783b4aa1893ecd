#!/bin/bash
# clang reads every room and clang-tidy judges it (.clang-tidy says by what, all of it errors). The rooms are read in
# batches, so that the headers they share are parsed once a batch; a batch whose sources, headers and rules are those of
# its last good run is not read again.
#   tests/lint.sh [REGEX]     only batches whose path matches
set -euo pipefail
cd "$(dirname "$0")/.."

only=${1:-.}
tree=build/lint
cmake -S . -B $tree -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=clang++ -DPREEMPTD_UNITY=ON -DPREEMPTD_TESTS=OFF \
  -DCMAKE_CXX_FLAGS=-Wswitch-enum \
  >$tree.configure 2>&1 || { cat $tree.configure && exit 1; }
ninja -C $tree agent/ecs/catalogue_data.cpp >/dev/null

# What every batch depends on beside its own sources.
rules=$({ cat .clang-tidy && find agent -name '*.h' -print0 | sort -z | xargs -0 cat; clang-tidy --version; } | sha256sum)

judge() {
  local batch=$1 stamp=$1.judged now
  now=$({ echo "$rules" && sed -n 's/^#include "\(.*\)"$/\1/p' "$batch" | xargs cat; } | sha256sum)
  [ "$(cat "$stamp" 2>/dev/null)" != "$now" ] || return 0
  if ! clang-tidy --quiet -p "$tree" "$batch" 2>"$batch.errors"; then
    grep -v 'warnings generated' "$batch.errors" >&2
    return 1
  fi
  echo "$now" >"$stamp"
}
export -f judge
export rules tree

grep -o '"file": "[^"]*/Unity/[^"]*"' $tree/compile_commands.json | cut -d'"' -f4 | sort | grep -E "$only" | xargs -P "$(nproc)" -I{} bash -c 'judge {}'
