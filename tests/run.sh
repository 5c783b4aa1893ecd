#!/bin/bash
# From a bare Debian 12 to every test this machine can run. Quick when nothing changed.
#
#   tests/run.sh                everything: release build and all tests, then those for the sanitizers under these
#   tests/run.sh --quick        a development build and the unit tests, for the minute between two edits
#   tests/run.sh --label LABEL  only these tests (unit, process, sim, e2e, hooks, interop, system, fuzz, bench); may be repeated
#   tests/run.sh --only REGEX   only test programs whose name matches
#   tests/run.sh --no-sanitizers, --no-install, --werror (as CI does)
#
# A test that cannot run here exits 77, or prints "SKIP what: why" for the part it leaves out; both are counted and shown
# at the end. The last line is "N passed, N failed, N skipped"; the exit code is 0 only when nothing failed.
set -euo pipefail
cd "$(dirname "$0")/.."

arguments=("$@")
quick=no install=yes sanitizers=yes werror=OFF only=. labels=()
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=yes ;;
    --label) labels+=("${2:?--label needs a label}") && shift ;;
    --only) only=${2:?--only needs a regular expression} && shift ;;
    --no-sanitizers) sanitizers=no ;;
    --no-install) install=no ;;
    --werror) werror=ON ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" && exit 1 ;;
  esac
  shift
done

# The safety gate refuses hooks below folders that others own or may write to, and hooks of other users must get to theirs:
# in a checkout where that is so, as one in /tmp or /root, all of this runs in a copy.
fit_for_hooks() {
  packaging/safe_place.sh "$1" >/dev/null && { [ "$(id -u)" != 0 ] || setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$1"; }
}
if [ -z "${PREEMPTD_TESTED_COPY:-}" ] && ! fit_for_hooks "$PWD"; then
  copy=${HOME:-}/.cache/preemptd/checkout
  [ "$(id -u)" != 0 ] || copy=/var/cache/preemptd-checkout
  if mkdir -p "$copy" && fit_for_hooks "$copy"; then
    echo "hooks here would be refused by the safety gate, or out of other users' reach: testing a copy, $copy"
    find "$copy" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
    (umask 022 && tar --exclude=./build -cf - . | tar -C "$copy" --no-same-owner --no-same-permissions -xf -)
    PREEMPTD_TESTED_COPY=1 exec "$copy/tests/run.sh" "${arguments[@]}"
  fi
fi

results=build/results
rm -rf "$results" && mkdir -p "$results"
passed=0 failed=0 skipped=0 reasons=() flaky=()

say() { printf '\n== %s (%d:%02d)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60)); }

# count RESULTS WHERE: adds up ctest's results; a doctest program counts by its cases, any other program as one.
count() {
  local p f s
  read -r p f s < <(awk '
    /<testcase /                 { status = $0; sub(/.* status="/, "", status); sub(/".*/, "", status); cases = tp = tf = said = 0 }
    /<skipped message="(SKIP|Fixture)/ { status = "skipped" }
    /\[doctest\] test cases:/    { sub(/.*test cases:/, ""); gsub(/\|/, " "); cases = 1; tp += $2; tf += $4 }
    /(^|[>:] ?)SKIP(PED:)? /     { said++ }
    /<\/testcase>/ {
      skips += status == "skipped" ? 0 : said
      if (status == "skipped") skips++
      else if (cases && status == "run") { p += tp; f += tf }
      else if (cases) { p += tp; f += tf > 0 ? tf : 1 }
      else if (status == "run") p++
      else f++
    }
    END { print p + 0, f + 0, skips + 0 }' "$1")
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  while IFS= read -r line; do reasons+=("$2: $line"); done < <(grep -oE '(^|[>:] ?)SKIP(PED:)? [^<]*' "$1" | sed 's/^[>:] *//' | sort -u)
}

# build PRESET TARGET…
build() {
  local preset=$1
  shift
  local together=OFF
  case $preset in asan | tsan) together=ON ;; esac
  cmake --preset "$preset" -DPREEMPTD_UNITY=$together -DPREEMPTD_PCH=ON -DPREEMPTD_UNIT_TESTS_ON_DEMAND=ON -DPREEMPTD_WERROR=$werror >"$results/$preset.configure" ||
    { cat "$results/$preset.configure" && return 1; }
  ninja -C "build/$preset" --quiet "$@"
}

# run PRESET LABELS [CTEST ARGUMENT…]: the tests with one of these labels, one after the other, because many of them watch the clock; for
# the same reason one that fails is tried a second time, and the last lines name it as flaky. The hooks' tests mostly wait, each in a world of its
# own: these run side by side.
run() {
  local preset=$1 wanted=$2 code=0
  shift 2
  if [ "$wanted" = hooks ]; then set -- -j 6 "$@"; fi
  ctest --test-dir "build/$preset" -L "^($wanted)\$" -R "$only" --output-on-failure --no-tests=ignore --repeat until-pass:2 \
    --output-junit "$PWD/$results/$preset.xml" "$@" | tee "$results/$preset.ctest" || code=$?
  while IFS= read -r name; do flaky+=("$preset: $name"); done < <(passed_on_repeat "$results/$preset.ctest")
  [ ! -f "$results/$preset.xml" ] || count "$results/$preset.xml" "$preset"
  if [ $code != 0 ] && [ "$failed" = 0 ]; then failed=1; fi
}

# "1/2 Test #7: sys_process_test ...***Failed" and then "Test #7: sys_process_test ... Passed": the name.
passed_on_repeat() {
  awk 'match($0, /Test +#[0-9]+: [^ ]+/) {
    name = substr($0, RSTART, RLENGTH); sub(/.*: /, "", name)
    if (/\*\*\*/) bad[name] = 1
    else if (/ Passed / && bad[name]) { print name; delete bad[name] }
  }' "$1"
}

# check NAME COMMAND…: a check that is no program of tests.
check() {
  local name=$1
  shift
  if "$@"; then
    echo "ok: $name" && passed=$((passed + 1))
  else
    echo "FAILED: $name" && failed=$((failed + 1))
  fi
}

# The watcher of the tsan build with everything else of the release. Judged are races alone, each of which leaves a file: what
# takes too long so slowed down was judged without.
drains_under_tsan() {
  local here=$PWD both=build/tsan/both
  mkdir -p $both
  ln -sf "$here"/build/tsan/bin/preemptd "$here"/build/release/bin/{preempt-drain,preemptctl,preempt-sim} $both
  (cd build/release/tests/e2e && PREEMPTD_BIN=$here/$both TSAN_OPTIONS=halt_on_error=1:log_path=$here/$results/race \
    timeout 300 ./e2e_drain_test >"$here/$results/drains_under_tsan") || true
  grep -q 'test cases:' "$results/drains_under_tsan" || return 1
  ! cat "$results"/race.* 2>/dev/null
}

# The readers of what comes from outside, for two minutes, always from the same seed: a change is not to fail by what another
# one brought. tests/fuzz/run.sh MINUTES looks for new things.
fuzz() {
  local code=0
  say "fuzzers"
  SEED=1 tests/fuzz/run.sh 2 | tee "$results/fuzz" || code=$?
  case $code in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)) && reasons+=("$(grep SKIP "$results/fuzz")") ;;
    *) failed=$((failed + 1)) ;;
  esac
}

formatted() { find agent tests -name '*.cpp' -print0 -o -name '*.h' -print0 | xargs -0 clang-format --dry-run -Werror; }

scripts() { find .ci hooks packaging tests -type f -exec awk 'FNR == 1 && /^#!.*[\/ ](ba|da)?sh/ { print FILENAME } { nextfile }' {} +; }

if [ $install = yes ]; then
  say "packages"
  if [ $quick = yes ]; then packaging/dependencies.sh build test; else packaging/dependencies.sh; fi
fi

if [ $quick = yes ]; then
  say "development build"
  build dev tests_unit
  say "unit tests"
  run dev unit
else
  # The unit tests run under the sanitizers; building them a third time would only cost minutes.
  all='process|sim|e2e|hooks|interop|system|fuzz'
  [ $sanitizers = yes ] || all="unit|$all"
  chosen=$(IFS='|' && echo "${labels[*]:-$all}")
  targets=(all)
  [[ "|$chosen|" != *"|unit|"* ]] || targets+=(tests_unit)
  say "release build"
  build release "${targets[@]}"
  say "checks of the source"
  check "each room includes only the rooms it may use" tests/rooms.sh
  mapfile -t sources < <(scripts)
  check "every source is formatted" formatted
  check "clang builds every room, clang-tidy finds nothing" tests/lint.sh
  check "shellcheck" shellcheck --external-sources --source-path=SCRIPTDIR --severity=warning "${sources[@]}"
  say "tests: $chosen"
  others=$(tr '|' '\n' <<<"$chosen" | { grep -vxE 'hooks|fuzz' || :; } | paste -sd '|')
  [[ "|$chosen|" != *"|hooks|"* ]] || run release hooks
  [ -z "$others" ] || run release "$others"
  if [[ "|$chosen|" == *"|fuzz|"* ]] && [ "$only" = . ]; then fuzz; fi
  if [ $sanitizers = yes ]; then
    export ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1:check_initialization_order=1
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
    say "asan build"
    build asan tests_unit tests_process tests_sim
    say "asan tests"
    run asan "unit|process|sim" -E 'ecs_package_test|drain_crash_anywhere|drain_faults|watcher_faults'  # of the release programs; the leak checker wants no strace
  fi
  # Only what has threads, the other rooms cannot race.
  if [ $sanitizers = yes ]; then
    export TSAN_OPTIONS=halt_on_error=1:die_after_fork=0  # tests fork where a thread that was left behind may live
    say "tsan build"
    build tsan tests_process preemptd preempt-drain
    say "tsan tests"
    run tsan "process" -E 'ecs_package_test|drain_crash_anywhere|drain_faults|watcher_faults'
    check "preemptd under the thread sanitizer, whole drains" drains_under_tsan
  fi
fi

say "done"
for reason in "${reasons[@]}"; do echo "$reason"; done
for name in "${flaky[@]}"; do echo "flaky: $name passed only when it was tried again"; done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
