#!/usr/bin/env python3
"""A real Prometheus reads two nodes, and the dashboard's panels count the first drain of each: one was seen before its drain, the other
only after it. The alert on failed drains fires for both.

check_prometheus.py DOCS_OBSERVABILITY
Exit 77: skipped, because there is no Prometheus.
"""
import http.server
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

folder = pathlib.Path(sys.argv[1]).resolve()
if shutil.which("prometheus") is None:
    print("SKIPPED: the dashboard was not tried on a Prometheus: there is none (apt-get install prometheus)")
    sys.exit(77)

LIMIT = 60
drained = {"before": False, "after": True}
# Without proxy: all of this is on loopback.
ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class Node(http.server.BaseHTTPRequestHandler):
    """GET /NAME: the metrics of that node."""

    def do_GET(self):
        count = int(drained[self.path.strip("/")])
        lines = ["preemptd_build_info{version=\"1\"} 1", f"preemptd_drains_total{{outcome=\"failed\"}} {count}"]
        lines += ["preemptd_drains_total{outcome=\"ok\"} 0", f"preemptd_hooks_finished_total{{outcome=\"failed\"}} {count}"]
        lines += [f"preemptd_hook_duration_seconds_bucket{{le=\"{le}\"}} {count}" for le in ("1", "10", "+Inf")]
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(("\n".join(lines) + "\n").encode())

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    def __init__(self, scratch, nodes):
        self.address = f"http://127.0.0.1:{free_port()}"
        scrapes = [{"job_name": name, "metrics_path": "/" + name, "static_configs": [
            {"targets": [f"127.0.0.1:{nodes}"], "labels": {"instance": name, "job": "preemptd"}}]} for name in drained]
        settings = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "scrape_configs": scrapes,
                    "rule_files": [str(folder / "alerts.yml")]}
        (scratch / "prometheus.yml").write_text(json.dumps(settings))  # JSON is YAML
        self.log = (scratch / "log").open("w+")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={scratch}/prometheus.yml", f"--storage.tsdb.path={scratch}/data",
             f"--web.listen-address={self.address.removeprefix('http://')}"], stdout=self.log, stderr=self.log)

    def get(self, path, **query):
        with ask(f"{self.address}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=5) as answer:
            return json.load(answer)["data"]

    def value(self, expression):
        result = self.get("query", query=expression)["result"]
        return float(result[0]["value"][1]) if result else None

    def until(self, what, holds):
        end = time.monotonic() + LIMIT
        seen = None
        while time.monotonic() < end:
            try:
                seen = holds()
                if seen:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        self.log.seek(0)
        raise SystemExit(f"FAILED: not within {LIMIT} s: {what}; last seen: {seen!r}\n{self.log.read()[-3000:]}")


def expressions(title):
    dashboard = json.loads((folder / "dashboard.json").read_text())
    panel = next(p for p in dashboard["panels"] if p["title"] == title)
    return [target["expr"].replace("$instance", ".*") for target in panel["targets"]]


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Node)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as temporary:
        prometheus = Prometheus(pathlib.Path(temporary), server.server_address[1])
        try:
            prometheus.until("both nodes are read", lambda: prometheus.value("count(count_over_time(preemptd_build_info[1m]) >= 3)") == 2)
            drained["before"] = True
            for title in ("Drains", "How hooks ended"):
                expression, = expressions(title)
                prometheus.until(f"the panel {title} shows the first drain of both nodes", lambda: prometheus.value(
                    f'round(sum(({expression}) and on (outcome) label_replace(vector(1), "outcome", "failed", "", "")))') == 2)
                print(f"ok: {title}")
            for expression in expressions("How long hooks take"):
                prometheus.until("hook durations of a first drain", lambda: (prometheus.value(expression) or 0) > 0)
            print("ok: How long hooks take")
            prometheus.until("the alert fires for both nodes", lambda: {
                a["labels"]["instance"] for a in prometheus.get("alerts")["alerts"]
                if a["labels"]["alertname"] == "PreemptdDrainFailed" and a["state"] == "firing"} == set(drained))
            print("ok: PreemptdDrainFailed")
        finally:
            prometheus.process.terminate()
            prometheus.process.wait(timeout=30)


main()
