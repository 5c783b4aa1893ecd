#!/bin/sh
# Installs what is missing of dependencies.txt on Debian or Ubuntu; does nothing, quickly, when all is there.
#   dependencies.sh [--list] [build] [test] [system] [heavy]     sections; the first three when none is named
# Where this distribution has none of a line's packages: the build cannot be, so that ends with 1; a test is left out, and is named.
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
  /^[^#]/ && inside { sub(/[ \t]*#.*/, ""); gsub(/[ \t]/, ""); print }' dependencies.txt | sort -u)

if [ "$list" = yes ]; then
  echo "$wanted" | sed 's/|.*//'
  exit 0
fi

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "dependencies.sh: this is neither Debian nor Ubuntu. Install what stands for these packages here:" >&2
  echo "$wanted" >&2
  exit 1
fi

# A line is one package, or several that stand for each other, the best one first.
# shellcheck disable=SC2046  # one package a word
installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' $(echo "$wanted" | tr '|' ' ') 2>/dev/null | sed -n 's/^ii *//p' | sort -u)
has() { printf '%s\n' "$installed" | grep -qxF -e "$1"; }
available() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q '^  Candidate: [^(]'; }
missing=
for line in $wanted; do
  for name in $(echo "$line" | tr '|' ' '); do
    if has "$name"; then continue 2; fi
    # A worse one is enough only where the better one is not available.
    if [ "$name" != "${line##*|}" ] && available "$name"; then break; fi
  done
  missing="$missing $line"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=
elif command -v sudo >/dev/null 2>&1; then
  as_root=sudo
else
  echo "dependencies.sh: needs root, and sudo is missing. Run it as root; it installs:$missing" >&2
  exit 1
fi

$as_root apt-get -qq update || echo "dependencies.sh: apt-get update failed; going on with the lists there are" >&2
chosen=""
absent=""
for line in $missing; do
  for name in $(echo "$line" | tr '|' ' '); do
    if available "$name"; then
      chosen="$chosen $name"
      continue 2
    fi
  done
  absent="$absent $line"
done
needed=$(awk '/^# [a-z]+( |$)/ { build = $2 == "build" } /^[^#]/ && build { sub(/[ \t]*#.*/, ""); gsub(/[ \t]/, ""); print }' dependencies.txt)
for line in $absent; do
  if printf '%s\n' "$needed" | grep -qxF -e "$line"; then
    echo "dependencies.sh: this distribution has no package $line, which the build needs." >&2
    echo "  Build on Debian 12 or newer, or Ubuntu 24.04 or newer; packages made with 'packaging/package.sh --portable' run here, too." >&2
    exit 1
  fi
  echo "dependencies.sh: this distribution has no package $line: what needs it is left out" >&2
done
[ -n "$chosen" ] || exit 0

echo "installing:$chosen"
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $chosen >/dev/null
