#!/bin/bash
# The image of packaging/container/Dockerfile as an OCI archive, without a container engine: mmdebstrap makes the base out of the distribution's
# packages, the Dockerfile's RUN steps are carried out in it, and oci.py packs it. Load it with podman load or skopeo copy.
#   packaging/container/image.sh amd64|arm64 PACKAGE.deb OUTPUT.tar
# Needs root or user namespaces, and for another processor qemu-user with binfmt. The same packages give the same bytes; Debian's own are
# those of the day.
set -euo pipefail
arch=$1 package=$(readlink -f "$2") output=$(readlink -m "$3")
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
dockerfile=$here/Dockerfile
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

base=$(sed -n 's/^FROM debian:\([0-9]*\)-slim$/\1/p' "$dockerfile")
declare -A suites=([12]=bookworm [13]=trixie)
suite=${suites[$base]:?image.sh: the Dockerfile is FROM a base that image.sh does not know}
# The RUN instructions, each with its continued lines as one.
steps=$(sed -n '/^RUN /,/[^\\]$/p' "$dockerfile" | sed 's/^RUN //; s/\\$//' | tr '\n' ' ')
# The mirror this machine uses anyway.
# shellcheck disable=SC2016  # apt fills these in
mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' | sed -n 's/^Debian //p' | head -1)
[ -n "$mirror" ] || { echo "image.sh: apt on this machine has no list of Debian's packages. Run: apt-get update" >&2; exit 1; }

cat >"$work/steps" <<STEPS
set -e
root=\$1
mkdir -p "\$root/packages"
cp "$package" "\$root/packages/"
install -m 0755 "$here/drain-when-noticed" "\$root/usr/local/sbin/drain-when-noticed"
chroot "\$root" env DEBIAN_FRONTEND=noninteractive sh -ec '$steps'
# What differs from one making to the next and is of no use.
rm -rf "\$root/var/cache/ldconfig/aux-cache" "\$root/var/log/alternatives.log" "\$root/var/log/bootstrap.log" "\$root/etc/machine-id" "\$root/tmp/"*
STEPS
# As in the slim images of Debian: without documentation and translations.
mmdebstrap --quiet --variant=apt --architectures="$arch" --format=tar --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' --customize-hook="sh $work/steps \"\$1\"" "$suite" "$work/root.tar" "$mirror"

entry=$(sed -n 's/^ENTRYPOINT //p' "$dockerfile")
user=$(sed -n 's/^USER //p' "$dockerfile")
mapfile -t variables < <(sed -n 's/^ENV //p' "$dockerfile")
"$here/oci.py" "$work/root.tar" "$output" --architecture "$arch" --user "$user" --entrypoint "$entry" "${variables[@]/#/--env=}" \
  --label "org.opencontainers.image.title=preemptd" --label "org.opencontainers.image.licenses=Apache-2.0" \
  --label "org.opencontainers.image.version=$(dpkg-deb -f "$package" Version)" \
  --label "org.opencontainers.image.source=$(dpkg-deb -f "$package" Homepage)"
