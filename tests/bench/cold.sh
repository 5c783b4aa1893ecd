#!/bin/sh
# A cold `preemptctl instance list` against a program that does nothing but sign, ask and print, turn by turn.
#   cold.sh BUILD_FOLDER [RUNS [INSTANCES]]
# Prints the CPU and wall time of a run of each in ms, and their ratios.
set -eu
build=$(readlink -f "$1")
runs=${2:-60}
work=$(mktemp -d)
"$build/tests/bench/describe_bench" --serve "${3:-10}" >"$work/url" &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
until [ -s "$work/url" ]; do sleep 0.05; done
export ALIBABA_CLOUD_ACCESS_KEY_ID=LTAIexample ALIBABA_CLOUD_ACCESS_KEY_SECRET=secret HOME="$work"

python3 - "$runs" "$(cat "$work/url")" "$build/tests/bench/list_floor" "$build/bin/preemptctl" <<'EOF'
import resource, subprocess, sys, time

runs, url, floor, preemptctl = int(sys.argv[1]), *sys.argv[2:]
commands = {"floor": [floor, url], "preemptctl": [preemptctl, "instance", "list", "--region", "cn-hangzhou", "--endpoint", url]}


def one(command):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu * 1e3, (time.monotonic() - start) * 1e3


seen = {name: [] for name in commands}
for turn in range(runs + 3):
    for name, command in commands.items():
        measured = one(command)
        if turn >= 3:
            seen[name].append(measured)
cpu = {name: sum(each[0] for each in all) / runs for name, all in seen.items()}
wall = {name: sorted(each[1] for each in all)[runs // 2] for name, all in seen.items()}
for name in commands:
    print(f"{name:10}  CPU {cpu[name]:6.2f} ms (mean)  wall {wall[name]:6.2f} ms (median)")
print(f"ratios      CPU {cpu['preemptctl'] / cpu['floor']:.2f}  wall {wall['preemptctl'] / wall['floor']:.2f}")
EOF
