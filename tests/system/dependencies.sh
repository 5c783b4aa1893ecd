#!/bin/bash
# Which packages packaging/dependencies.sh installs, on distributions that are made of programs which only say what they have.
#   dependencies.sh SOURCE
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/packaging"
cp "$1/packaging/dependencies.sh" "$work/packaging/"
cat >"$work/packaging/dependencies.txt" <<'LIST'
# build
g++
libboost1.81-dev | libboost-dev # a reason
# test
chromium | chromium-browser
LIST
fail() { echo "FAILED: $*" >&2; cat "$work/out" >&2; exit 1; }
program() { cat >"$work/bin/$1"; chmod 755 "$work/bin/$1"; }
program dpkg-query <<'PROGRAM'
#!/bin/sh
shift 2
for name; do if grep -qx "$name" "$WORK/installed"; then echo "ii $name"; fi; done
PROGRAM
program apt-cache <<'PROGRAM'
#!/bin/sh
if grep -qx "$2" "$WORK/archive"; then printf '%s:\n  Candidate: 1.0\n' "$2"; fi
PROGRAM
program apt-get <<'PROGRAM'
#!/bin/sh
echo "$*" >>"$WORK/called"
PROGRAM
program id <<'PROGRAM'
#!/bin/sh
echo 0
PROGRAM
# installs NAME...: exactly these are installed by the call before.
run() { # INSTALLED ARCHIVE
  printf '%s\n' $1 >"$work/installed"
  printf '%s\n' $2 >"$work/archive"
  : >"$work/called"
  code=0
  WORK=$work PATH=$work/bin:$PATH sh "$work/packaging/dependencies.sh" build test >"$work/out" 2>&1 || code=$?
}
installs() {
  local called
  called=$(sed -n 's/.*--no-install-recommends //p' "$work/called")
  [ "$called" = "$*" ] || fail "installed '$called' instead of '$*'"
}

run "" "g++ libboost1.81-dev libboost-dev chromium"
[ $code = 0 ] && installs chromium g++ libboost1.81-dev
run "g++ chromium libboost-dev" "g++ libboost1.81-dev libboost-dev chromium"
[ $code = 0 ] && installs libboost1.81-dev
echo "ok: where the better package is, that one, even beside a worse one"

run "" "g++ libboost-dev chromium-browser"
[ $code = 0 ] && installs chromium-browser g++ libboost-dev
run "g++ libboost-dev chromium" "g++ libboost-dev chromium"
[ $code = 0 ] && [ ! -s "$work/called" ] || fail "something was installed"
echo "ok: where it is not, the one that stands for it"

run "" "g++ libboost-dev"
[ $code = 0 ] && installs g++ libboost-dev
grep -q 'no package chromium|chromium-browser' "$work/out" || fail "what is left out is not said"
echo "ok: a test that cannot be is named and left out"

run "" "g++ chromium"
[ $code = 1 ] && installs ""
grep -q 'no package libboost1.81-dev|libboost-dev, which the build needs' "$work/out" || fail "what is missing is not said"
echo "ok: without a package of the build nothing is installed, and what is missing is said"
