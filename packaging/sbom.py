#!/usr/bin/env python3
"""sbom.py BUILD EPOCH: an SPDX 2.3 document of what the programs of a build tree are made of, on standard output.

Nothing is written down by hand: the files are those the linker was given and the headers the compiler read, as ninja
recorded them; the package that owns each file is asked from dpkg, or, in a sysroot, is the source package it was built from.
"""
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import time

PROGRAMS = ["preemptd", "preempt-drain", "preemptctl", "preempt-sim"]


def output_of(*command, folder=None):
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def linked_files(build, program):
    """Libraries on the program's link line, and those the compiler adds by itself; whole paths, links resolved."""
    line = output_of("ninja", "-t", "commands", program, folder=build).splitlines()[-1]
    named = {word for word in line.split() if word.startswith("/") and re.search(r"\.(a|so)(\.[0-9.]+)?$", word)}
    compiler = [re.search(r"\S*[gc]\+\+\S*", line).group(0), *re.findall(r"--sysroot=\S+", line)[:1]]
    for library in re.findall(r"\[(\S+)\]", output_of("readelf", "-d", str(build / "bin" / program))):
        named.add(output_of(*compiler, f"-print-file-name={library}").strip())
    return {str(pathlib.Path(name).resolve()) for name in named if name.startswith("/")}


def headers(build):
    found = set()
    for line in output_of("ninja", "-t", "deps", folder=build).splitlines():
        if line.startswith("    /"):
            found.add(line.strip())
    return found


class Owners:
    """Which package a file outside the build tree belongs to: (name, version, source package)."""

    def __init__(self, build):
        cache = (build / "CMakeCache.txt").read_text()
        sysroot = re.search(r"^PREEMPTD_SYSROOT:[A-Z]+=(.+)$", cache, re.M)
        self.sysroot = pathlib.Path(sysroot.group(1)) if sysroot else None

    def of(self, files):
        inside = {f for f in files if self.sysroot and f.startswith(str(self.sysroot))}
        owners = self.of_distribution(files - inside)
        if inside:
            owners |= self.of_sysroot(inside)
        return owners

    def of_distribution(self, files):
        owners = set()
        names = sorted({str(pathlib.Path(f).resolve()) for f in files})
        # Where /lib is a link to /usr/lib, dpkg may know a file by the older of its two names.
        names += [name.removeprefix("/usr") for name in names if name.startswith("/usr/lib/")]
        if not names:
            return owners
        told = subprocess.run(["dpkg-query", "-S", *names], capture_output=True, text=True).stdout
        packages = {line.split(": ")[0].split(",")[0] for line in told.splitlines() if not line.startswith("diversion")}
        if packages:
            form = "${Package}\t${Version}\t${source:Package}\n"
            for line in output_of("dpkg-query", "-W", "-f", form, *sorted(packages)).splitlines():
                owners.add(tuple(line.split("\t")))
        return owners

    def of_sysroot(self, files):
        """sysroot.sh leaves a list of what it unpacked and built: path prefix, package, version, source."""
        owners = set()
        for line in (self.sysroot.parent / "contents").read_text().splitlines():
            path, name, version, source = line.split("\t")
            if str(self.sysroot / path) in files:
                owners.add((name, version, source))
        return owners


def package(name, version, source):
    return {
        "SPDXID": "SPDXRef-Package-" + re.sub(r"[^A-Za-z0-9.-]", "-", name),
        "name": name,
        "versionInfo": version,
        "supplier": "Organization: Debian",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": f"pkg:deb/debian/{source}@{version}?arch=source",
            }
        ],
    }


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    epoch = int(sys.argv[2])
    version = re.search(r"^CMAKE_PROJECT_VERSION:STATIC=(.+)$", (build / "CMakeCache.txt").read_text(), re.M).group(1)
    owners = Owners(build)
    packages, relations = {}, []
    for program in PROGRAMS:
        own = f"SPDXRef-Program-{program}"
        digest = hashlib.sha256((build / "bin" / program).read_bytes()).hexdigest()
        packages[own] = {
            "SPDXID": own,
            "name": program,
            "versionInfo": version,
            "supplier": "Organization: preemptd",
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False,
            "licenseConcluded": "Apache-2.0",
            "licenseDeclared": "Apache-2.0",
            "copyrightText": "NOASSERTION",
            "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        }
        relations.append(("SPDXRef-DOCUMENT", "DESCRIBES", own))
        for name, number, source in sorted(owners.of(linked_files(build, program))):
            used = package(name, number, source)
            packages[used["SPDXID"]] = used
            relations.append((own, "DEPENDS_ON", used["SPDXID"]))
    for name, number, source in sorted(owners.of(headers(build))):
        used = package(name, number, source)
        packages.setdefault(used["SPDXID"], used)
        relations.append((used["SPDXID"], "BUILD_DEPENDENCY_OF", "SPDXRef-Program-preemptd"))
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"preemptd-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/preemptd-{version}-{epoch}",
        "creationInfo": {
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)),
            "creators": ["Tool: preemptd-sbom"],
        },
        "packages": sorted(packages.values(), key=lambda p: p["SPDXID"]),
        "relationships": [
            {"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b} for a, kind, b in sorted(set(relations))
        ],
    }
    json.dump(document, sys.stdout, indent=1, sort_keys=True)
    print()


main()
