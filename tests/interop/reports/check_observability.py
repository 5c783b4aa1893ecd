#!/usr/bin/env python3
"""promtool reads our metrics, our alert rules do what their tests say, and alerts and dashboard ask for metrics there are.

check_observability.py SEND_SAMPLES DOCS_OBSERVABILITY
Exit 77: skipped, because there is no promtool.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

samples, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
if shutil.which("promtool") is None:
    print("SKIPPED: metrics and alert rules were not checked: there is no promtool (apt-get install prometheus)")
    sys.exit(77)
faults = []


def promtool(*arguments, text=None):
    done = subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True)
    if done.returncode != 0:
        faults.append(f"promtool {' '.join(arguments)}: {done.stdout}{done.stderr}")


metrics = subprocess.run([samples, "metrics"], check=True, capture_output=True, text=True).stdout
promtool("check", "metrics", text=metrics)
promtool("check", "rules", str(folder / "alerts.yml"))
promtool("test", "rules", str(folder / "alerts_test.yml"))

dashboard = json.loads((folder / "dashboard.json").read_text())
asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
with tempfile.TemporaryDirectory() as temporary:
    rules = pathlib.Path(temporary) / "dashboard.yml"
    # JSON is YAML; a recording rule is the one form in which promtool reads an expression.
    rules.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": [
        {"record": f"panel_{i}", "expr": expr} for i, expr in enumerate(asked)]}]}))
    promtool("check", "rules", str(rules))

known = set(re.findall(r"^# TYPE (\S+)", metrics, re.M))
asked += re.findall(r"expr: (.*)", (folder / "alerts.yml").read_text())
for name in {name for expr in asked for name in re.findall(r"\bpreemptd_\w+", expr)}:
    if re.sub(r"_(bucket|sum|count)$", "", name) not in known:
        faults.append(f"{name} is asked for, but there is no such metric")

for fault in faults:
    print(fault)
print(f"{len(known)} metrics, {len(asked)} expressions checked")
sys.exit(bool(faults))
