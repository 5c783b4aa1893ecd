#!/usr/bin/env python3
"""Every event preemptd makes fits its published schema, and has no member the schema does not describe.

check_schemas.py SEND_SAMPLES DOCS_EVENTS
"""
import json
import pathlib
import subprocess
import sys

import jsonschema

samples, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
definitions = json.loads((folder / "definitions.json").read_text())
store = {(folder / "definitions.json").as_uri(): definitions}
schemas = {path.stem: path for path in folder.glob("preemptd.*.json")}
faults = []


def members(schema):
    """The members of an object schema, through references into definitions.json."""
    name = schema.get("$ref", "").rpartition("/$defs/")[2]
    if name:
        schema = definitions["$defs"][name]
    return set(schema.get("properties", ())).union(*(members(part) for part in schema.get("allOf", ())))


def described(schema):
    return members(schema) | set(definitions["$defs"]["cloudevent"]["properties"]["data"]["properties"])


seen = set()
for line in subprocess.run([samples, "print"], check=True, capture_output=True, text=True).stdout.splitlines():
    event = json.loads(line)
    seen.add(event["type"])
    if event["type"] not in schemas:
        faults.append(f"{event['type']}: has no schema")
        continue
    path = schemas[event["type"]]
    schema = json.loads(path.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    resolver = jsonschema.RefResolver(path.as_uri(), schema, store)
    for error in jsonschema.Draft202012Validator(schema, resolver=resolver).iter_errors(event):
        faults.append(f"{event['type']}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
    for member in set(event["data"]) - described(schema["properties"]["data"]):
        faults.append(f"{event['type']}: data.{member} is not described")
    for member in set(event) - set(definitions["$defs"]["cloudevent"]["properties"]):
        faults.append(f"{event['type']}: {member} is not described")
faults += [f"{name}: no sample of it" for name in set(schemas) - seen]

# A schema that lets anything through would prove nothing.
broken = dict(event, id="with.dot")
path = schemas[event["type"]]
schema = json.loads(path.read_text())
if not list(jsonschema.Draft202012Validator(schema, resolver=jsonschema.RefResolver(path.as_uri(), schema, store)).iter_errors(broken)):
    faults.append("the schemas take an id that is none")

for fault in faults:
    print(fault)
print(f"{len(seen)} types checked")
sys.exit(bool(faults))
