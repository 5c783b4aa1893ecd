#!/usr/bin/env python3
"""oci.py ROOT.tar OUTPUT.tar: a root file system as an OCI archive of one layer (OCI image format 1.0).

The same input and SOURCE_DATE_EPOCH give the same bytes.
"""
import argparse
import datetime
import gzip
import hashlib
import io
import json
import os
import pathlib
import tarfile
import tempfile

EPOCH = int(os.environ["SOURCE_DATE_EPOCH"])
MEDIA = "application/vnd.oci.image."


def compressed(source, target):
    """The layer, gzipped without a name and a time; returns the digest of what is inside."""
    inside = hashlib.sha256()
    with open(source, "rb") as plain, open(target, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        while block := plain.read(1 << 20):
            inside.update(block)
            packed.write(block)
    return "sha256:" + inside.hexdigest()


def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


class Archive:
    """blobs/sha256/… and the three fixed files, in a tar."""

    def __init__(self, output):
        self.tar = tarfile.open(output, "w", format=tarfile.USTAR_FORMAT)

    def add(self, name, stream, size):
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime, entry.mode = size, EPOCH, 0o644
        self.tar.addfile(entry, stream)

    def add_json(self, document):
        """A blob; returns its descriptor without a media type."""
        data = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        digest = hashlib.sha256(data).hexdigest()
        self.add(f"blobs/sha256/{digest}", io.BytesIO(data), len(data))
        return {"digest": f"sha256:{digest}", "size": len(data)}

    def add_text(self, name, document):
        data = json.dumps(document, sort_keys=True).encode()
        self.add(name, io.BytesIO(data), len(data))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("output")
    parser.add_argument("--architecture", required=True)
    parser.add_argument("--user", default="")
    parser.add_argument("--entrypoint", type=json.loads, default=[])
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("--label", action="append", default=[])
    asked = parser.parse_args()
    made = datetime.datetime.fromtimestamp(EPOCH, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    labels = dict(label.split("=", 1) for label in asked.label)
    with tempfile.TemporaryDirectory(dir=pathlib.Path(asked.output).resolve().parent) as folder:
        layer = f"{folder}/layer"
        inside = compressed(asked.root, layer)
        archive = Archive(asked.output)
        size, digest = os.path.getsize(layer), digest_of(layer)
        with open(layer, "rb") as stream:
            archive.add(f"blobs/sha256/{digest}", stream, size)
    environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *asked.env]
    configuration = archive.add_json({
        "architecture": asked.architecture, "os": "linux", "created": made,
        "config": {"User": asked.user, "Env": environment, "Entrypoint": asked.entrypoint, "Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": [inside]},
        "history": [{"created": made, "created_by": "packaging/container/image.sh"}],
    })
    manifest = archive.add_json({
        "schemaVersion": 2, "mediaType": MEDIA + "manifest.v1+json", "config": {"mediaType": MEDIA + "config.v1+json", **configuration},
        "layers": [{"mediaType": MEDIA + "layer.v1.tar+gzip", "digest": f"sha256:{digest}", "size": size}],
        "annotations": labels,
    })
    version = labels.get("org.opencontainers.image.version", "latest")
    archive.add_text("index.json", {"schemaVersion": 2, "mediaType": MEDIA + "index.v1+json", "manifests": [
        {"mediaType": MEDIA + "manifest.v1+json", **manifest, "platform": {"architecture": asked.architecture, "os": "linux"},
         "annotations": {"org.opencontainers.image.ref.name": f"preemptd:{version}"}}]})
    archive.add_text("oci-layout", {"imageLayoutVersion": "1.0.0"})
    archive.tar.close()


main()
