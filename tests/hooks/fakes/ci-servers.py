"""ci-servers.py FOLDER: GitHub's runner API and a Jenkins controller on one free loopback port (FOLDER/port).

State is FOLDER/ci.json: {"labels": […], "offline": bool, "busy_until": epoch seconds}. Every change is appended to
FOLDER/../calls; a request without the right credential is refused.
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
        jenkins = self.path.startswith("/jenkins/")
        wanted = "Basic " + base64.b64encode(b"ops:jt").decode() if jenkins else "Bearer ght"
        if self.headers.get("Authorization") != wanted:
            return self.answer(401)
        state = json.loads(state_file.read_text())
        if self.command != "GET":
            with (folder.parent / "calls").open("a") as calls:
                calls.write(f"{self.command} {self.path} {body.decode()}\n")
        code, value = (self.jenkins if jenkins else self.github)(state, body)
        state_file.write_text(json.dumps(state))
        self.answer(code, value)

    do_GET = do_POST = do_PUT = do_DELETE = handle_request

    def github(self, state, body):
        route = f"{self.command} {self.path}"
        if route == f"PUT {RUNNER}/labels":
            state["labels"] = json.loads(body)["labels"]
        elif route == f"DELETE {RUNNER}/labels":
            state["labels"] = []
        elif route == f"DELETE {RUNNER}":
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
