#!/bin/bash
# Builds the packages into build/packages/native-ARCH (or portable-ARCH): .deb, .rpm, an SBOM (SPDX), SHA256SUMS.
# The same commit gives the same bytes.
#   packaging/package.sh [--portable [--arch x86_64|aarch64]] [--check] [FORMAT...]     FORMAT: DEB RPM; both when none
# For this distribution, against its shared libraries; with --portable for every one with glibc 2.31 or newer, everything but
# the C library linked in. --check builds twice and compares.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=native
arch=$(uname -m)
check=no
formats=()
while [ $# -gt 0 ]; do
  case $1 in
    --portable) kind=portable ;;
    --arch) arch=$2; shift ;;
    --check) check=yes ;;
    DEB | RPM) formats+=("$1") ;;
    *) sed -n '2,7s/^# //p' "$0" >&2; exit 1 ;;
  esac
  shift
done
[ ${#formats[@]} -gt 0 ] || formats=(DEB RPM)

# The time every file in a package gets: the commit's, or the changelog's where there is no repository.
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date -d "$(sed -n 's/^ -- .*>  //p' packaging/debian/changelog | head -1)" +%s)
fi
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
export CCACHE_SLOPPINESS=

options=(-DPREEMPTD_TESTS=OFF -DPREEMPTD_UNITY=ON)
if [ $kind = portable ]; then
  mkdir -p build/portable
  echo "      libraries for $arch (compiled the first time)"
  packaging/portable/sysroot.sh "$arch" "build/portable/$arch" >"build/portable/$arch.log" 2>&1 ||
    { tail -n 30 "build/portable/$arch.log" >&2; echo "package.sh: the libraries were not made; all of it is in build/portable/$arch.log" >&2; exit 1; }
  options+=(-DCMAKE_TOOLCHAIN_FILE="$PWD/packaging/portable/toolchain.cmake" -DPREEMPTD_ARCH="$arch"
    -DPREEMPTD_SYSROOT="$PWD/build/portable/$arch/sysroot")
fi

# One line for each tenth of ninja's "[12/278] …", and what went wrong.
progress() {
  local line tenth last=0
  while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
      tenth=$((10 * BASH_REMATCH[1] / BASH_REMATCH[2]))
      [ $tenth -le $last ] || echo "      $((10 * tenth)) % compiled"
      last=$tenth
    elif [[ $line == FAILED* || $line == *error:* ]]; then
      echo "$line" >&2
    fi
  done
}

build() { # FOLDER OUTPUT
  cmake --preset release -B "$1" "${options[@]}" >"$1.log"
  ninja -C "$1" preemptd preempt-drain preemptctl preempt-sim man | tee -a "$1.log" | progress
  rm -rf "$2"
  mkdir -p "$2"
  for format in "${formats[@]}"; do
    cpack -G "$format" --config "$1/CPackConfig.cmake" -B "$2" >>"$1.log" 2>&1 ||
      { tail -n 30 "$1.log" >&2; echo "package.sh: no $format package; all of it is in $1.log" >&2; exit 1; }
  done
  rm -rf "$2/_CPack_Packages"
  packaging/sbom.py "$1" "$SOURCE_DATE_EPOCH" >"$2/preemptd-$kind-$arch.spdx.json"
}

out=build/packages/$kind-$arch
mkdir -p build/packages
folder=build/package-$kind-$arch
build "$folder" "$out"
if [ $check = yes ]; then
  again=$folder-again
  rm -rf "$again"
  CCACHE_DISABLE=1 build "$again" "$out-again"
  diff -r "$out" "$out-again"
  rm -rf "$again" "$out-again"
  echo "built twice: the same bytes"
fi
# shellcheck source-path=SCRIPTDIR
. packaging/checksums.sh
checksums "$out"
ls -l "$out"
