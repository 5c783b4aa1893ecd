#!/usr/bin/env python3
"""docs/log-events.md lists exactly the events that preemptd and preempt-drain log, with their levels and fields.

check_log_events.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

top = pathlib.Path(sys.argv[1])
EVENT = r'"([a-z_]+(?:\.[a-z_]+)*\.?)"'
report_kinds = re.findall(r'case Note::Kind::\w+: return "(\w+)"', (top / "agent/report/outbox/reporter.cpp").read_text())


def logged_in(files):
    """Event to (levels, fields); no levels where the code computes them."""
    logged = {}
    for path in files:
        text = path.read_text()
        for call in re.finditer(r"\b(say|info|warning|error)\(", text):
            statement = text[call.end() : text.index(";\n", call.end())]
            levels = {call[1]} if call[1] != "say" else set(re.findall(r"Level::(\w+)", statement))
            first = re.match(r'[^"]*?' + EVENT if call[1] == 'say' else rf'\s*(?:\w+ \? )?{EVENT}', statement)
            if not first:
                continue
            names = [first[1], *re.findall(r'^\w+ \? "[a-z_.]+" : ' + EVENT, statement)]
            if first[1] == "report.":
                names = [first[1] + kind for kind in report_kinds]
            if not all("." in name or name == "status" for name in names):
                continue
            fields = set(re.findall(r'\{"(\w+)",', statement)) | ({"hook"} if "about(" in statement else set())
            for name in names:
                known = logged.setdefault(name, (set(), set()))
                known[0].update(levels if first[1] != "report." else {"debug" if name.endswith(".delivered") else "warning"})
                known[1].update(fields)
    return logged


def documented_in(section):
    documented = {}
    for line in section.splitlines():
        row = re.match(r"\| ((?:`[a-z_.]+`(?:, )?)+) \| ([a-z, ()]+) \| (.*?) ?\| ", line)
        for name in re.findall(r"`([a-z_.]+)`", row[1]) if row else []:
            levels = re.sub(r" \(\w+\)", "", row[2])
            documented[name] = (set(levels.split(", ")), set(re.findall(r"`(\w+)`", row[3])))
    return documented


page = (top / "docs/log-events.md").read_text()
preemptd, drain = re.search(r"\n## preemptd\n(.*)\n## preempt-drain\n(.*)", page, re.S).groups()
agent = top / "agent"
faults, checked = [], 0
for program, section, files in (
    ("preemptd", preemptd, [*sorted((agent / "daemon").rglob("*.cpp")), agent / "sys/log/log.cpp"]),
    ("preempt-drain", drain, sorted((agent / "drain").rglob("*.cpp"))),
):
    logged, documented = logged_in(files), documented_in(section)
    checked += len(logged)
    faults += [f"{program}: {name} is logged, not documented" for name in sorted(set(logged) - set(documented))]
    faults += [f"{program}: {name} is documented, not logged" for name in sorted(set(documented) - set(logged))]
    for name in sorted(set(logged) & set(documented)):
        levels, fields = documented[name]
        if program == "preempt-drain":  # every entry has the notice's id once there is one
            fields = fields - {"notice"}
        if (logged[name][0] or levels) != levels or logged[name][1] != fields:
            faults.append(f"{program}: {name}: the code says {logged[name]}, the page {documented[name]}")
for fault in faults:
    print(fault)
print(f"{checked} events checked")
sys.exit(bool(faults) or checked < 60)
