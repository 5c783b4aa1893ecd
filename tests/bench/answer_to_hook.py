#!/usr/bin/env python3
"""From the metadata answer that carries the notice to the first hook's first instruction, preemptd starting the drainer itself.

    tests/bench/answer_to_hook.py BUILD [TURNS]      BUILD: a build folder, best of the release preset

Beside it, in the same run, the floor: a bare Python client that reads the same answer and spawns the same hook.
"""
import http.client
import http.server
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

DOCUMENT = b'{"instance-id":"i-bench","region-id":"cn-hangzhou","zone-id":"cn-hangzhou-i","instance-type":"ecs.g7.large"}'


class Metadata(http.server.BaseHTTPRequestHandler):
    """A metadata service without a notice until its server has one; then it keeps the instant of the first answer that says so."""
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        self.wfile.write(f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\nDate: {self.date_time_string()}\r\n\r\n".encode() + body)

    def do_PUT(self):
        self.answer(200, b"token")

    def do_GET(self):
        if self.path.endswith("/termination-time"):
            self.server.polls += 1
            if self.server.notice:
                self.server.told = self.server.told or time.clock_gettime_ns(time.CLOCK_BOOTTIME)
                return self.answer(200, self.server.notice)
            return self.answer(404, b"")
        self.answer(200, DOCUMENT) if "identity" in self.path else self.answer(404, b"")

    def log_message(self, *_):
        pass


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
    server.daemon_threads = True
    server.polls, server.notice, server.told = 0, None, None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while not (found := what()):
        if time.monotonic() > end:
            sys.exit("answer_to_hook.py: gave up waiting")
        time.sleep(0.005)
    return found


def stamp(folder):
    try:
        with open(folder + "/stamp") as file:
            return int(file.read() or 0)
    except FileNotFoundError:
        return 0


def until_hook(server, folder):
    """Announces the end and returns the milliseconds from that answer to the hook."""
    server.notice = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 300)).encode()
    return (wait_for(lambda: stamp(folder)) - server.told) / 1e6


def agent_turn(build, folder):
    server = serve()
    with open(folder + "/preemptd.toml", "w") as file:
        file.write(f'paths.run = "{folder}/run"\npaths.state = "{folder}/state"\nhooks.folders = ["{folder}/hooks.d"]\n'
                   f'metadata.url = "http://127.0.0.1:{server.server_port}"\nmetadata.interval = "200ms"\n'
                   'control.enabled = false\ndrain.start = "always"\n')
    agent = subprocess.Popen([build + "/bin/preemptd", "--config", folder + "/preemptd.toml"], stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: server.polls >= 5)
        return until_hook(server, folder)
    finally:
        agent.terminate()
        agent.wait()
        server.shutdown()


def floor_turn(_, folder):
    server = serve()

    def watch():
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
        while True:
            connection.request("GET", "/latest/meta-data/instance/spot/termination-time")
            reply = connection.getresponse()
            reply.read()
            if reply.status == 200:
                return os.posix_spawn(folder + "/hooks.d/10-stamp", [folder + "/hooks.d/10-stamp", "drain"], {})
            time.sleep(0.2)

    threading.Thread(target=watch, daemon=True).start()
    try:
        wait_for(lambda: server.polls >= 3)
        return until_hook(server, folder)
    finally:
        server.shutdown()


def turns(turn, build, count):
    taken = []
    for _ in range(count):
        folder = tempfile.mkdtemp(dir=build)  # not in /tmp: a hook below a folder that others may write to is refused
        os.chmod(folder, 0o755)
        os.mkdir(folder + "/hooks.d", 0o755)
        shutil.copy(build + "/tests/bench/bench_hook", folder + "/hooks.d/10-stamp")
        try:
            taken.append(turn(build, folder))
            time.sleep(0.2)  # the drainer's last words
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return sorted(taken)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    build, count = os.path.realpath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else 20
    print(f"{'answer to first hook, ms':<28}{'median':>10}{'90th of 100':>14}{'longest':>10}")
    for name, turn in (("preemptd and preempt-drain", agent_turn), ("floor", floor_turn)):
        taken = turns(turn, build, count)
        print(f"{name:<28}{statistics.median(taken):>10.1f}{taken[int(0.9 * (len(taken) - 1))]:>14.1f}{taken[-1]:>10.1f}")


main()
