#!/bin/sh
# packed.sh BUILD BASE: the packages of an already built tree, installed in the base of the system tests.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
packages=$2/packages
rm -rf "$packages"
mkdir -p "$packages"
formats="DEB"
if command -v rpmbuild >/dev/null; then formats="DEB RPM"; fi
for format in $formats; do
  cpack -G $format -D CPACK_COMPONENTS_ALL=preemptd --config "$1/CPackConfig.cmake" -B "$packages" >"$packages/log" 2>&1 ||
    { cat "$packages/log"; exit 1; }
done
home=$(sed -n 's/^PREEMPTD_HOMEPAGE:STRING=//p' "$1/CMakeCache.txt")
for field in "Homepage: $home" "Vcs-Git: $home.git" "Vcs-Browser: $home"; do
  dpkg-deb -f "$packages"/*.deb | grep -qxF "$field" || { echo "FAILED: the package has no field $field"; exit 1; }
done
if command -v lintian >/dev/null; then
  # A warning is a fault, an override says why it is none.
  lintian --allow-root --fail-on error,warning "$packages"/*.deb || exit 1
fi
set -- "$2" "$packages"/*.deb
for rpm in "$packages"/*.rpm; do [ ! -e "$rpm" ] || set -- "$@" "$rpm"; done
exec "$here/base.sh" "$@"
