#!/usr/bin/env python3
"""Writes one product's catalogue in the compact form catalogue.h reads.

usage: compact.py API.json > data/PRODUCT.txt

API.json holds {"product", "version", "actions": {NAME: {"parameters": {NAME: {"type", "required", "items", "properties"}}}}},
as taken from the vendor's published SDKs. One line an action: its name, then its parameters, a blank between.
A parameter is its name, "!" where the documentation marks it required, "%" where it travels as one JSON text and ","
where as one comma-separated text, and its type: nothing for a string, "#" for a number, "?" for a boolean, "{...}" for an
object with its members, "[...]" for a list with the type of its elements.
"""
import json
import sys


# Marked required without being so: they belong to one kind of instance, source or reason alone.
CONDITIONAL = {("RunInstances", "HpcClusterId"), ("CreateImage", "InstanceId"), ("CreateInstance", "Period"),
               ("CreateInstance", "AutoRenewPeriod"), ("ReportInstancesStatus", "DiskId"), ("ReportInstancesStatus", "Device")}


def kind(spec):
    name = spec.get("type", "string")
    if name == "array":
        return "[" + kind(spec.get("items", {})) + "]"
    if name == "object":
        return "{" + " ".join(parameter(n, s) for n, s in sorted(spec.get("properties", {}).items())) + "}"
    return {"number": "#", "integer": "#", "boolean": "?"}.get(name, "")


def parameter(name, spec):
    style = {"json": "%", "simple": ","}.get(spec.get("encoding"), "")
    return name + ("!" if spec.get("required") else "") + style + kind(spec)


def main():
    api = json.load(open(sys.argv[1], encoding="utf-8"))
    for action, spec in sorted(api["actions"].items()):
        given = {n: dict(s, required=s.get("required") and (action, n) not in CONDITIONAL)
                 for n, s in spec.get("parameters", {}).items()}
        print(" ".join([action] + [parameter(n, s) for n, s in sorted(given.items())]))


main()
