#!/usr/bin/env python3
"""What a watch without a notice costs: preemptd beside poll_floor, the same metadata requests over one libcurl handle.

    tests/bench/idle.py BUILD [POLLS]      BUILD: a build folder, best of the release preset

A poll's user instructions (valgrind) and system calls (strace) are the difference of a long and a short run, so that
starting up does not count. CPU, context switches and private memory come from one plain run of each.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

SHORT = 5
INTERVAL = 1.0


class World:
    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        ready = os.path.join(folder, "ready.json")
        self.simulator = subprocess.Popen(
            [build + "/bin/preempt-sim", "serve", "--metadata", "127.0.0.1:0", "--api", "127.0.0.1:0", "--admin", "127.0.0.1:0",
             "--ready-file", ready], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not os.path.exists(ready):
            if self.simulator.poll() is not None:
                sys.exit("idle.py: preempt-sim did not start")
            time.sleep(0.05)
        with open(ready) as file:
            self.addresses = json.load(file)

    def agent(self, name):
        """The command of a preemptd with folders of its own, watching the metadata service alone, as the floor does."""
        base = os.path.join(self.folder, name)
        os.makedirs(base + "/hooks.d")
        with open(base + ".toml", "w") as file:
            file.write(f'paths.run = "{base}/run"\npaths.state = "{base}/state"\nhooks.folders = ["{base}/hooks.d"]\n'
                       f'metadata.url = "http://{self.addresses["metadata"]}"\ncontrol.enabled = false\ndrain.start = "never"\n')
        return [self.build + "/bin/preemptd", "--config", base + ".toml"]

    def floor(self, polls):
        return [self.build + "/tests/bench/poll_floor", "http://" + self.addresses["metadata"], str(polls), str(int(INTERVAL * 1000))]


def start(command):
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def stop(process):
    os.killpg(process.pid, signal.SIGTERM)
    process.wait()


def instructions(log):
    with open(log) as file:
        return int(re.search(r"Collected : (\d+)", file.read()).group(1))


def calls(log):
    with open(log) as file:
        return next(int(line.split()[0]) for line in file if line.split()[-1:] == ["total"])


def traced(world, polls):
    """{("agent"|"floor", "instructions"|"calls"): how many}, of runs of so many polls, all at once: neither minds the company."""
    tools = {"instructions": lambda log: ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-file=" + log],
             "calls": lambda log: ["strace", "-f", "-c", "-U", "calls,name", "-o", log]}
    logs, agents, floors = {}, [], []
    for what, tool in tools.items():
        for who in ("agent", "floor"):
            logs[who, what] = os.path.join(world.folder, f"{who}.{what}.{polls}")
        agents.append(start(tool(logs["agent", what]) + world.agent(f"{what}-{polls}")))
        floors.append(start(tool(logs["floor", what]) + world.floor(polls)))
    time.sleep(polls * INTERVAL)
    for agent in agents:
        stop(agent)
    for floor in floors:
        floor.wait()
    read = {"instructions": instructions, "calls": calls}
    return {key: read[key[1]](log) for key, log in logs.items()}


def usage(pid):
    """CPU seconds, context switches and KiB of private memory of a process so far."""
    cpu = switches = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as file:
            cpu += int(file.read().split()[0]) / 1e9
        with open(f"/proc/{pid}/task/{task}/status") as file:
            switches += sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", file.read()))
    with open(f"/proc/{pid}/smaps_rollup") as file:
        private = int(re.search(r"Private_Dirty:\s+(\d+)", file.read()).group(1))
    return cpu, switches, private


def plain(world, polls):
    """{"agent"|"floor": (CPU ms a poll, context switches a poll, KiB private)}"""
    running = {"agent": start(world.agent("plain")), "floor": start(world.floor(polls + 3 * SHORT))}
    time.sleep(2 * SHORT * INTERVAL)  # past the first ten seconds, in which the agent looks more often
    before = {who: usage(process.pid) for who, process in running.items()}
    time.sleep(polls * INTERVAL)
    after = {who: usage(process.pid) for who, process in running.items()}
    for process in running.values():
        stop(process)
    return {who: ((after[who][0] - before[who][0]) * 1000 / polls, (after[who][1] - before[who][1]) / polls, after[who][2])
            for who in running}


def row(name, agent, floor, digits=1):
    print(f"{name:<32}{agent:>12,.{digits}f}{floor:>12,.{digits}f}{agent / floor:>10.2f}")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    polls = int(sys.argv[2]) if len(sys.argv) == 3 else 60
    with tempfile.TemporaryDirectory() as folder:
        world = World(os.path.realpath(sys.argv[1]), folder)
        try:
            short, long, quiet = traced(world, 2 * SHORT), traced(world, 2 * SHORT + polls), plain(world, polls)
        finally:
            world.simulator.terminate()
    a_poll = {key: (long[key] - short[key]) / polls for key in long}
    print(f"{'':<32}{'preemptd':>12}{'floor':>12}{'ratio':>10}")
    row("user instructions a poll", a_poll["agent", "instructions"], a_poll["floor", "instructions"], 0)
    row("system calls a poll", a_poll["agent", "calls"], a_poll["floor", "calls"])
    row("CPU a poll, ms", quiet["agent"][0], quiet["floor"][0], 2)
    row("context switches a poll", quiet["agent"][1], quiet["floor"][1])
    row("private memory, KiB", quiet["agent"][2], quiet["floor"][2], 0)
    print(f"private memory above the floor: {(quiet['agent'][2] - quiet['floor'][2]) / 1024:.2f} MiB")


main()
