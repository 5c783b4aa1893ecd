#!/bin/bash
# packaging/container/oci.py: the same root makes the same bytes, and podman takes what it makes for an image with that root in it.
#   oci.sh SOURCE
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
export SOURCE_DATE_EPOCH=1700000000
mkdir -p "$work/root/etc"
echo here >"$work/root/etc/marker"
tar -C "$work/root" -cf "$work/root.tar" .
for name in one two; do
  python3 "$1/packaging/container/oci.py" "$work/root.tar" "$work/$name.tar" --architecture amd64 --user 800:800 \
    --entrypoint '["/usr/sbin/preemptd"]' --env=PREEMPTD_DRAIN_START=never --label org.opencontainers.image.version=9.9
done
cmp "$work/one.tar" "$work/two.tar" || fail "the same root made other bytes"
echo "ok: the same bytes"
mkdir "$work/layout"
tar -C "$work/layout" -xf "$work/one.tar"
for blob in "$work"/layout/blobs/sha256/*; do
  [ "$(sha256sum <"$blob" | cut -d' ' -f1)" = "${blob##*/}" ] || fail "a blob has another digest than its name"
done
echo "ok: every blob is what its name says"
command -v podman >/dev/null || { echo "SKIP the image in podman: it is not installed"; exit 0; }
private=(podman --root "$work/storage" --runroot "$work/run" --storage-driver vfs)
"${private[@]}" load --quiet --input "$work/one.tar" >"$work/loaded" 2>"$work/said" || { echo "SKIP the image in podman: $(tail -n 1 "$work/said")"; exit 0; }
seen=$("${private[@]}" image inspect --format '{{.Config.User}} {{index .Config.Entrypoint 0}} {{.Architecture}}' preemptd:9.9)
[ "$seen" = "800:800 /usr/sbin/preemptd amd64" ] || fail "podman sees: $seen"
"${private[@]}" save --quiet --format oci-dir --output "$work/saved" preemptd:9.9 >/dev/null
for blob in "$work"/saved/blobs/sha256/*; do tar -xOzf "$blob" ./etc/marker 2>/dev/null | grep -qx here && found=yes; done
[ "${found:-no}" = yes ] || fail "the root is not in the image"
echo "ok: podman takes it"
