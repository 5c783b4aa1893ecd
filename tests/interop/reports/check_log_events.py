#!/usr/bin/env python3
"""docs/log-events.md lists exactly the events preemptd logs, with their levels and fields.

check_log_events.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

top = pathlib.Path(sys.argv[1])
logged = {}
for path in sorted((top / "agent/daemon").glob("*.cpp")):
    text = path.read_text()
    for call in re.finditer(r"\bsay\(", text):
        statement = text[call.end():text.index(";\n", call.end())]
        named = re.match(r'(.*?),\s*"([a-z_]+(?:\.[a-z_]+)*\.?)"(\s*\+)?', statement, re.S)
        if not named or "Level::" not in named[1]:
            continue
        levels = set(re.findall(r"Level::(\w+)", named[1]))
        fields = set(re.findall(r'\{"(\w+)",', statement))
        names = [named[2]]
        if named[3]:  # "report." + name_of(kind)
            kinds = re.findall(r'case Note::Kind::\w+: return "(\w+)"', (top / "agent/report/reporter.cpp").read_text())
            names = [named[2] + kind for kind in kinds]
        for name in names:
            known = logged.setdefault(name, (set(), set()))
            known[0].update(levels if not named[3] else ({"debug"} if name.endswith(".delivered") else {"warning"}))
            known[1].update(fields)

documented = {}
for line in (top / "docs/log-events.md").read_text().splitlines():
    row = re.match(r"\| `([a-z_.]+)` \| ([a-z, ]+) \| (.*?) ?\| ", line)
    if row:
        documented[row[1]] = (set(row[2].split(", ")), set(re.findall(r"`(\w+)`", row[3])))

faults = [f"{name}: logged, not documented" for name in sorted(set(logged) - set(documented))]
faults += [f"{name}: documented, not logged" for name in sorted(set(documented) - set(logged))]
for name in sorted(set(logged) & set(documented)):
    if logged[name] != documented[name]:
        faults.append(f"{name}: the code says {logged[name]}, the page {documented[name]}")
for fault in faults:
    print(fault)
print(f"{len(logged)} events checked")
sys.exit(bool(faults) or len(logged) < 20)
