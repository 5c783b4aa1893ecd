#!/bin/bash
# Fuzzes the readers of everything that comes from outside (tests/fuzz/targets), for MINUTES in all.
#   tests/fuzz/run.sh [MINUTES [REGEX]]     2 minutes; only targets whose name matches. SEED=N: that one, not a new one
# What it finds interesting is kept in build/fuzz/corpus, and what breaks a target in build/fuzz/crashes: it should become a unit test.
set -euo pipefail
cd "$(dirname "$0")/../.."

minutes=${1:-2}
only=${2:-.}
command -v clang++ >/dev/null || { echo "SKIP: clang++ is not installed"; exit 77; }
echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' >"${TMPDIR:-/tmp}/fuzz-$$.cpp"
trap 'rm -f "${TMPDIR:-/tmp}/fuzz-$$".*' EXIT
clang++ -fsanitize=fuzzer "${TMPDIR:-/tmp}/fuzz-$$.cpp" -o "${TMPDIR:-/tmp}/fuzz-$$.out" 2>/dev/null ||
  { echo "SKIP: clang's libFuzzer is not installed"; exit 77; }

tree=build/fuzz
mkdir -p $tree
cmake -S . -B $tree -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_CXX_FLAGS="-O1 -g1 -Wno-unknown-warning-option" -DPREEMPTD_UNITY=ON \
  -DPREEMPTD_TESTS=OFF -DPREEMPTD_FUZZ=ON -DPREEMPTD_SANITIZE=fuzzer-no-link,address,undefined >$tree.configure 2>&1 ||
  { cat $tree.configure && exit 1; }
mapfile -t names < <(find tests/fuzz/targets -name '*.cpp' -printf '%f\n' | sed 's/\.cpp$//' | grep -E "$only" | sort)
ninja -C $tree --quiet "${names[@]/#/fuzz_}"

# seeds NAME: what the target begins with.
seeds() {
  local folder=$tree/seeds/$1
  rm -rf "$folder" && mkdir -p "$folder"
  ! [ -d "tests/fuzz/seeds/$1" ] || cp tests/fuzz/seeds/"$1"/* "$folder"
  case $1 in
    api_answers) cp tests/data/examples/*.json "$folder" ;;
    credentials) cp tests/data/examples/imds-*.json tests/data/vectors/credentials.json "$folder" ;;
    metadata) for file in tests/data/examples/imds-*.json; do { printf '200\n\n' && cat "$file"; } >"$folder/$(basename "$file")"; done ;;
    hooks) for file in hooks/[a-z]*; do ! [ -f "$file" ] || head -c 4096 "$file" >"$folder/$(basename "$file")"; done ;;
    configuration) cp packaging/preemptd.toml "$folder" ;;
  esac
}

failed=0
each=$(awk -v minutes="$minutes" -v count="${#names[@]}" 'BEGIN { s = int(minutes * 60 / count); print s < 1 ? 1 : s }')
for name in "${names[@]}"; do
  seeds "$name"
  mkdir -p "$tree/corpus/$name" "$tree/crashes"
  log=$tree/$name.log
  if ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 "$tree/tests/fuzz/fuzz_$name" -max_total_time="$each" -max_len=65536 -timeout=20 \
    -rss_limit_mb=3000 -seed="${SEED:-$((RANDOM + 1))}" -print_final_stats=1 -artifact_prefix="$tree/crashes/$name-" "$tree/corpus/$name" "$tree/seeds/$name" >"$log" 2>&1; then
    echo "ok: $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $each s"
  else
    echo "FAILED: $name: $(grep -hE 'does not hold|ERROR: |runtime error|Test unit written' "$log" | head -5)"
    failed=1
  fi
done
exit $failed
