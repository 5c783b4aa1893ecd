"""ci-servers.py FOLDER: GitHub's runner API and a Jenkins controller on one free loopback port (FOLDER/port).

State is FOLDER/ci.json: {"labels": […], "offline": bool, "busy_until": epoch seconds}; "gone": the runner and the node are known no
more; "down": how many requests are answered 503; "limited": how many are over the rate limit; "running": how many times a delete is
refused because GitHub believes the runner at work; "lost": how many changes are made but answered 502. Every change is appended to
FOLDER/../calls, every request to FOLDER/requests; one without the right credential is refused.
"""
import base64
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

folder = Path(sys.argv[1])
state_file = folder / "ci.json"
RUNNER = "/repos/o/r/actions/runners/42"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, code, value=None):
        text = json.dumps(value).encode() if value is not None else b""
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with (folder / "requests").open("a") as requests:
            requests.write(f"{self.command} {self.path}\n")
        jenkins = self.path.startswith("/jenkins/")
        wanted = "Basic " + base64.b64encode(b"ops:jt").decode() if jenkins else "Bearer ght"
        if self.headers.get("Authorization") != wanted:
            return self.answer(401)
        state = json.loads(state_file.read_text())
        if self.counted(state, "down"):
            return self.answer(503)
        if self.counted(state, "limited"):
            return self.answer(403, {"message": "API rate limit exceeded for installation ID 1."})
        if state.get("gone"):
            return self.answer(404, {"message": "Not Found"})
        if self.command != "GET":
            with (folder.parent / "calls").open("a") as calls:
                calls.write(f"{self.command} {self.path} {body.decode()}\n")
        code, value = (self.jenkins if jenkins else self.github)(state, body)
        if self.command != "GET" and self.counted(state, "lost"):
            code, value = 502, None
        state_file.write_text(json.dumps(state))
        self.answer(code, value)

    def counted(self, state, what):
        left = state.get(what, 0)
        if left:
            state[what] = left - 1
            state_file.write_text(json.dumps(state))
        return left > 0

    do_GET = do_POST = do_PUT = do_DELETE = handle_request

    def github(self, state, body):
        route = f"{self.command} {self.path}"
        if route == f"PUT {RUNNER}/labels":
            state["labels"] = json.loads(body)["labels"]
        elif route == f"DELETE {RUNNER}/labels":
            state["labels"] = []
        elif route == f"DELETE {RUNNER}":
            if self.counted(state, "running"):
                return 422, {"message": "Runner is currently running a job and cannot be deleted."}
            return 204, None
        elif route != f"GET {RUNNER}":
            return 404, {"message": "Not Found"}
        labels = [{"name": "self-hosted", "type": "read-only"}] + [{"name": n, "type": "custom"} for n in state["labels"]]
        return 200, {"id": 42, "labels": labels}

    def jenkins(self, state, _):
        route = f"{self.command} {self.path}"
        node = "/jenkins/computer/n1/"
        if route.startswith(f"GET {node}api/json"):
            idle = time.time() >= state.get("busy_until", 0)
            return 200, {"_class": "hudson.slaves.SlaveComputer", "idle": idle, "temporarilyOffline": state["offline"]}
        if route.startswith(f"POST {node}toggleOffline"):
            state["offline"] = not state["offline"]
        elif not route.startswith((f"POST {node}doDisconnect", f"POST {node}doDelete")):
            return 404, None
        return 200, None


server = HTTPServer(("127.0.0.1", 0), Handler)
(folder / "port").write_text(str(server.server_port))
server.serve_forever()
