"""kubernetes-api.py FOLDER: an API server with one cluster in memory, for a real kubectl.

Reads FOLDER/cluster.json ({"nodes": [...], "pods": [...], "denied": [...]}), listens on a free loopback port written to
FOLDER/port, and appends every change it is asked for to FOLDER/../calls. A pod's annotation test/eviction=blocked is a
disruption budget that never allows it, test/eviction=ambiguous two budgets at once, which no eviction passes,
and test/eviction=later one that fails the first time; test/termination=SECONDS is how long it takes to be gone, and
test/completes=SECONDS after how long it ends well by itself. With FOLDER/tls.pem it speaks TLS, and only to who shows the token in
FOLDER/token. FOLDER/nodes-after holds after how many seconds the nodes are registered. It listens on $PORT where that is set.
"""
import json
import os
import re
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

folder = Path(sys.argv[1])
cluster = json.loads((folder / "cluster.json").read_text())
nodes = {n["metadata"]["name"]: n for n in cluster["nodes"]}
pods = {(p["metadata"].setdefault("namespace", "default"), p["metadata"]["name"]): p for p in cluster["pods"]}
gone_at = {}
started = time.monotonic()
if (folder / "nodes-after").exists():
    to_come, nodes = nodes, {}
    threading.Timer(float((folder / "nodes-after").read_text()), lambda: nodes.update(to_come)).start()
lock = threading.Lock()


def resources(group_version, *rows):
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version,
            "resources": [{"name": n, "singularName": "", "namespaced": ns, "kind": k,
                           "verbs": ["get", "list", "create", "delete", "patch"]} for n, ns, k in rows]}


def served_from(group_name, version, answer, name):
    """Says of one resource that its kind belongs to another group, as the real server does of evictions."""
    row = next(r for r in answer["resources"] if r["name"] == name)
    row.update(group=group_name, version=version)
    return answer


def group(name, version="v1"):
    v = {"groupVersion": f"{name}/{version}", "version": version}
    return {"name": name, "versions": [v], "preferredVersion": v}


DISCOVERY = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1",
              "groups": [group("policy"), group("apps"), group("authorization.k8s.io")]},
    "/api/v1": served_from("policy", "v1", resources(
        "v1", ("nodes", False, "Node"), ("pods", True, "Pod"), ("pods/eviction", True, "Eviction"),
        ("events", True, "Event")), "pods/eviction"),
    "/apis/policy/v1": resources("policy/v1", ("poddisruptionbudgets", True, "PodDisruptionBudget")),
    "/apis/apps/v1": resources("apps/v1", ("daemonsets", True, "DaemonSet")),
    "/apis/authorization.k8s.io/v1": resources("authorization.k8s.io/v1",
                                               ("selfsubjectaccessreviews", False, "SelfSubjectAccessReview")),
    "/version": {"major": "1", "minor": "28", "gitVersion": "v1.28.0"},
}


def record(line):
    with (folder.parent / "calls").open("a") as calls:
        calls.write(line + "\n")


def merge(target, patch):
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            merge(target.setdefault(key, {}), value)
        elif not key.startswith("$"):
            target[key] = value


def annotation(pod, name):
    return pod["metadata"].get("annotations", {}).get("test/" + name)


def remove(pod):
    key = (pod["metadata"]["namespace"], pod["metadata"]["name"])
    pod["metadata"]["deletionTimestamp"] = "2030-01-01T00:00:00Z"
    gone_at[key] = time.monotonic() + float(annotation(pod, "termination") or 0)


def alive():
    for key in [k for k, at in gone_at.items() if at <= time.monotonic()]:
        pods.pop(key, None)
        gone_at.pop(key)
    for pod in pods.values():
        if annotation(pod, "completes") and time.monotonic() - started > float(annotation(pod, "completes")):
            pod["status"]["phase"] = "Succeeded"
    return pods


def failure(code, reason, message):
    return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        text = b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                text += self.rfile.read(size + 2)[:size]
            self.rfile.readline()
        else:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return json.loads(text or b"{}")

    def answer(self, code, value):
        text = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def handle_request(self):
        url = urlparse(self.path)
        if token and self.headers.get("Authorization") != f"Bearer {token}":
            self.answer(*failure(401, "Unauthorized", "Unauthorized"))
            return
        with lock:
            self.answer(*self.route(url.path, parse_qs(url.query)))

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = handle_request

    def route(self, path, query):
        if path in DISCOVERY:
            return 200, DISCOVERY[path]
        if path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
            return self.review()
        if path == "/api/v1/nodes":
            if "list nodes" in cluster.get("denied", []):
                return failure(403, "Forbidden", "nodes is forbidden: cannot list resource")
            return 200, {"kind": "NodeList", "apiVersion": "v1", "metadata": {}, "items": list(nodes.values())}
        if match := re.fullmatch(r"/api/v1/nodes/([^/]+)(/status)?", path):
            return self.node(match[1], match[2])
        if path == "/api/v1/pods":
            return 200, {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": self.selected(query)}
        if match := re.fullmatch(r"/api/v1/namespaces/([^/]+)/pods/([^/]+)(/eviction)?", path):
            return self.pod(match[1], match[2], match[3])
        if match := re.fullmatch(r"/apis/apps/v1/namespaces/([^/]+)/daemonsets/([^/]+)", path):
            return 200, {"kind": "DaemonSet", "apiVersion": "apps/v1", "metadata": {"name": match[2], "namespace": match[1]}}
        if path == "/api/v1/namespaces/default/events" and self.command == "POST":
            event = self.body()
            record(f"event {event['reason']} {event['involvedObject']['kind']}/{event['involvedObject']['name']}: {event['message']}")
            return 201, event
        return failure(404, "NotFound", path)

    def review(self):
        review = self.body()
        asked = review["spec"]["resourceAttributes"]
        name = " ".join(filter(None, [asked["verb"], asked["resource"], asked.get("subresource")]))
        review["status"] = {"allowed": name not in cluster.get("denied", [])}
        return 201, review

    def selected(self, query):
        field = dict(f.split("=", 1) for f in query.get("fieldSelector", [""])[0].split(",") if f)
        label = dict(f.split("=", 1) for f in query.get("labelSelector", [""])[0].split(",") if f)
        return [p for p in alive().values()
                if p["spec"]["nodeName"] == field.get("spec.nodeName", p["spec"]["nodeName"])
                and all(p["metadata"].get("labels", {}).get(k) == v for k, v in label.items())]

    def node(self, name, status):
        if name not in nodes:
            return failure(404, "NotFound", f'nodes "{name}" not found')
        if self.command == "PUT" and status:
            self.replace_status(name, self.body())
        elif self.command == "PATCH" and status:
            for condition in self.body()["status"]["conditions"]:
                record(f"condition {name} {condition['type']} {condition.get('status', 'gone')} {condition.get('reason', '')}")
                conditions = nodes[name].setdefault("status", {}).setdefault("conditions", [])
                conditions[:] = [c for c in conditions if c["type"] != condition["type"]]
                if condition.get("$patch") != "delete":
                    conditions.append(condition)
        elif self.command == "PATCH":
            patch = self.body()
            record(f"patch node {name} {json.dumps(patch.get('spec', {}), sort_keys=True)}")
            merge(nodes[name], patch)
        return 200, nodes[name]

    def replace_status(self, name, node):
        was = {c["type"]: c["status"] for c in nodes[name].get("status", {}).get("conditions", [])}
        now = {c["type"]: c for c in node["status"]["conditions"]}
        for kind in was.keys() | now.keys():
            if was.get(kind) != now.get(kind, {}).get("status"):
                record(f"condition {name} {kind} {now.get(kind, {}).get('status', 'gone')} {now.get(kind, {}).get('reason', '')}")
        nodes[name]["status"] = node["status"]

    def pod(self, namespace, name, eviction):
        pod = alive().get((namespace, name))
        if pod is None:
            return failure(404, "NotFound", f'pods "{name}" not found')
        if eviction and self.command == "POST":
            grace = self.body().get("deleteOptions", {}).get("gracePeriodSeconds", "own")
            if annotation(pod, "eviction") == "blocked":
                return failure(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.")
            if annotation(pod, "eviction") == "later":
                pod["metadata"]["annotations"].clear()
                return failure(500, "InternalError", "etcdserver: leader changed")
            if annotation(pod, "eviction") == "ambiguous":
                return failure(500, "InternalError", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
            record(f"evict {namespace}/{name} grace={grace}")
            remove(pod)
            return 201, {"kind": "Status", "apiVersion": "v1", "status": "Success"}
        if self.command == "DELETE":
            record(f"delete {namespace}/{name} grace={self.body().get('gracePeriodSeconds', 'own')}")
            remove(pod)
        return 200, pod


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 0))), Handler)
token = None
if (folder / "tls.pem").exists():
    token = (folder / "token").read_text()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
(folder / "port").write_text(str(server.server_port))
server.serve_forever()
