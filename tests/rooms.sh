#!/bin/sh
# The rooms' law, checked: docs/architecture.md says which rooms a room may use, its CMakeLists.txt says which of them it
# does use (USES), and its sources include nothing else. A program's main.cpp may include any room.
set -eu
cd "$(dirname "$0")/.."

broken=0
complain() {
  echo "$1"
  broken=1
}

# "| `drain/` | what lives there | core, sys |" -> "core sys"
allowed() { sed -n "s,^| \`$1/\` *|[^|]*| *\([^|]*\) *|.*,\1,p" docs/architecture.md | tr ',' ' '; }
used() { awk '/preemptd_room\(/ { inside = 1 } inside { printf "%s ", $0 } inside && /\)/ { exit }' "agent/$1/CMakeLists.txt" |
  sed -n 's/.* USES \([^)]*\).*/\1/p' | sed 's/LIBRARIES.*//'; }
included() { grep -hoE '^#include "[a-z]+/' "$@" | sed 's/#include "//; s,/,,' | sort -u; }

for folder in agent/*/; do
  [ -f "$folder/CMakeLists.txt" ] || continue
  room=$(basename "$folder")
  may=$(allowed "$room")
  uses=$(used "$room")
  [ -n "$may" ] || complain "$room: not in the table of docs/architecture.md"
  for other in $uses; do
    case " $may " in *" $other "* | *" all "*) ;; *) complain "$room: links $other, which it may not use" ;; esac
  done
  files=$(find "$folder" -name '*.h' -o -name '*.cpp' ! -name main.cpp)
  # shellcheck disable=SC2086  # file names have no blanks here
  for other in $(included $files); do
    case " $room $uses " in *" $other "*) ;; *) complain "$room: includes $other/, which is not in its USES" ;; esac
  done
done
exit $broken
