#!/bin/bash
# Everything a release page holds, in build/release/VERSION: portable .deb and .rpm for each processor that this machine can compile for, their
# SBOMs, a container image (OCI archive), the Helm chart, the Kubernetes manifests, the documentation as web pages, the source, release
# notes, and SHA256SUMS, signed when there is a key. The same commit gives the same bytes, but for the image, which has the
# distribution's packages of the day.
#   packaging/release.sh [--arch x86_64|aarch64]... [--key GPG-KEY] [--no-image] [--check]
# Without --arch: this machine's processor, and the other one if its cross compiler is installed (packaging/dependencies.sh heavy).
# --check packs everything that is not compiled a second time, and compares. It refuses a tree with uncommitted changes.
set -euo pipefail
cd "$(dirname "$0")/.."

arches=() key="" image=yes check=no
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arches+=("${2:?--arch needs x86_64 or aarch64}") && shift ;;
    --key) key=${2:?--key needs the id of a GPG key} && shift ;;
    --no-image) image=no ;;
    --check) check=yes ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2 && exit 1 ;;
  esac
  shift
done
fail() { echo "release.sh: $*" >&2 && exit 1; }

[ -z "$(git status --porcelain)" ] || fail "the tree has uncommitted changes; commit or stash them, because a release is made of a commit"
if [ -n "$key" ]; then gpg --list-secret-keys "$key" >/dev/null 2>&1 || fail "no secret key '$key' in this keyring: gpg --list-secret-keys"; fi
version=$(sed -n 's/^project(preemptd VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
home=$(sed -n 's/^set(PREEMPTD_HOMEPAGE "\([^"]*\)".*/\1/p' CMakeLists.txt)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
own=$(uname -m)
declare -A other=([x86_64]=aarch64 [aarch64]=x86_64) debian=([x86_64]=amd64 [aarch64]=arm64)
left_out=()
if [ ${#arches[@]} = 0 ]; then
  arches=("$own")
  if command -v "${other[$own]}-linux-gnu-g++-12" >/dev/null; then
    arches+=("${other[$own]}")
  else
    left_out+=("packages for ${other[$own]}: its cross compiler is missing (packaging/dependencies.sh heavy)")
  fi
fi

out=$PWD/build/release/$version
rm -rf "$out"
mkdir -p "$out"
steps=$((${#arches[@]} + 6)) step=0
say() {
  step=$((step + 1))
  printf '[%d/%d] %s (%d:%02d)\n' $step $steps "$*" $((SECONDS / 60)) $((SECONDS % 60))
}

# A tar with names in order, owned by root, of the commit's time.
pack() { # OUTPUT FOLDER NAME...
  local output=$1 folder=$2
  shift 2
  tar -C "$folder" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -cf - "$@" | gzip -9n >"$output"
}

packages() { # ARCH
  packaging/package.sh --portable --arch "$1"
  cp build/packages/portable-"$1"/*.{deb,rpm,spdx.json} "$out/"
}

container_image() {
  local arch=${debian[$own]}
  if ! command -v mmdebstrap >/dev/null; then
    left_out+=("container image: mmdebstrap is missing (packaging/dependencies.sh heavy)")
    return
  fi
  packaging/container/image.sh "$arch" "$out/preemptd_${version}_$arch.deb" "$out/preemptd-$version-image-$arch.oci.tar" >build/release/image.log 2>&1 ||
    { tail -n 20 build/release/image.log >&2 && fail "the image was not made; all of it is in build/release/image.log"; }
}

kubernetes() { # FOLDER
  local chart
  chart=$(mktemp -d)
  cp -r packaging/kubernetes/helm "$chart/preemptd"
  sed -i "s/^version: .*/version: $version/; s/^appVersion: .*/appVersion: $version/" "$chart/preemptd/Chart.yaml"
  printf 'home: %s\nsources: [%s]\n' "$home" "$home" >>"$chart/preemptd/Chart.yaml"
  pack "$1/preemptd-chart-$version.tgz" "$chart" preemptd
  rm -rf "$chart"
  pack "$1/preemptd-kubernetes-$version.tar.gz" packaging/kubernetes base
}

documentation() { # FOLDER
  if ! command -v mkdocs >/dev/null; then
    left_out+=("documentation: mkdocs is missing (packaging/dependencies.sh test)")
    return
  fi
  local site
  site=$(mktemp -d)
  packaging/site/site.sh "$site/preemptd-docs-$version" >/dev/null
  pack "$1/preemptd-docs-$version.tar.gz" "$site" "preemptd-docs-$version"
  rm -rf "$site"
}

source_code() { # FOLDER
  git archive --format=tar --prefix="preemptd-$version/" HEAD | gzip -9n >"$1/preemptd-$version.tar.gz"
}

# The changelog's part for this version, or what is not released yet.
changes() {
  awk -v version="$version" '
    /^## / { inside = index($2, version) == 1 || (!seen && $2 == "Unreleased"); if (inside) seen = 1; next }
    inside { print }' CHANGELOG.md | sed -e '/./,$!d'
}
notes() { # FOLDER
  {
    printf '# preemptd %s\n\n' "$version"
    changes
    printf '\n## Install\n\n```\napt install ./preemptd_%s_amd64.deb      # Debian 11 to 13, Ubuntu 20.04 to 24.04\n' "$version"
    printf 'dnf install ./preemptd-%s-1.x86_64.rpm   # Alibaba Cloud Linux 3 and 4\n```\n\n' "$version"
    printf 'First steps: `/usr/share/doc/preemptd/start/getting-started.md`, or the documentation in `preemptd-docs-%s.tar.gz`.\n' "$version"
    printf '\n## Verify\n\n```\nsha256sum --check --ignore-missing SHA256SUMS\n'
    [ -z "$key" ] || printf 'gpg --verify SHA256SUMS.asc SHA256SUMS\n'
    printf '```\n\nMade from commit %s. `packaging/release.sh` makes the same bytes from it, except for the container image.\n' "$(git rev-parse HEAD)"
  } >"$1/RELEASE-NOTES.md"
}

for arch in "${arches[@]}"; do
  say "packages for $arch: the first time libraries and programs are compiled, half an hour on two cores"
  packages "$arch"
done
say "container image"
if [ $image = yes ]; then container_image; else left_out+=("container image: --no-image"); fi
say "Helm chart and Kubernetes manifests"
kubernetes "$out"
say "documentation"
documentation "$out"
say "source"
source_code "$out"
say "release notes"
notes "$out"
if [ $check = yes ]; then
  again=$(mktemp -d)
  for part in kubernetes documentation source_code notes; do $part "$again"; done
  for file in "$again"/*; do cmp "$file" "$out/${file##*/}" || fail "${file##*/}: the same commit made other bytes"; done
  rm -rf "$again"
  echo "      packed twice: the same bytes"
fi
say "checksums"
# shellcheck source-path=SCRIPTDIR
. packaging/checksums.sh
checksums "$out"
if [ -n "$key" ]; then
  gpg --batch --yes --armor --local-user "$key" --output "$out/SHA256SUMS.asc" --detach-sign "$out/SHA256SUMS"
else
  left_out+=("signature: no --key")
fi

echo
ls -l --time-style=long-iso "$out"
for reason in "${left_out[@]}"; do echo "left out: $reason"; done
