#!/bin/sh
# Installs what is missing of dependencies.txt on Debian or Ubuntu; does nothing, quickly, when all is there.
#   dependencies.sh [--list] [build] [test] [system] [heavy]     sections; the first three when none is named
set -eu
cd "$(dirname "$0")"

list=no
sections=
for word in "$@"; do
  case $word in
    --list) list=yes ;;
    build | test | system | heavy) sections="$sections $word" ;;
    *)
      echo "usage: dependencies.sh [--list] [build] [test] [system] [heavy]" >&2
      exit 1
      ;;
  esac
done
sections=${sections:- build test system}

# A line "# build" starts a section; text behind a package is a comment.
wanted=$(awk -v wanted="$sections " '
  /^# (build|test|system|heavy)( |$)/ { inside = index(wanted, " " $2 " ") }
  /^[^#]/ && inside { print $1 }' dependencies.txt | sort -u)

if [ "$list" = yes ]; then
  echo "$wanted"
  exit 0
fi

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "dependencies.sh: this is no Debian or Ubuntu; install what stands for these packages here:" >&2
  echo "$wanted" >&2
  exit 1
fi

# shellcheck disable=SC2086  # one package a word
installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' $wanted 2>/dev/null | sed -n 's/^ii *//p' | sort -u)
missing=$(printf '%s\n' "$wanted" | grep -vxF -e "$installed" || true)
[ -n "$missing" ] || exit 0
missing=$(printf '%s' "$missing" | tr '\n' ' ')

if [ "$(id -u)" = 0 ]; then
  as_root=
elif command -v sudo >/dev/null 2>&1; then
  as_root=sudo
else
  echo "dependencies.sh: needs root, and there is no sudo. As root, run:" >&2
  echo "  apt-get install --no-install-recommends $missing" >&2
  exit 1
fi

echo "installing: $missing"
$as_root apt-get -qq update || echo "dependencies.sh: apt-get update failed; going on with the lists there are" >&2
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $missing >/dev/null
