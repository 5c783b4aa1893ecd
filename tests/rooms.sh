#!/bin/sh
# The rooms' law, checked: docs/architecture.md says which rooms a room may use, its CMakeLists.txt says which of them it
# does use (USES), and its sources include nothing else. Inside a room a folder includes only folders named before it in the
# room's row of the table of sub-rooms, so no include points up and none closes a circle. A program's main.cpp is free.
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

# "| `drain/` | hooks, journal, . |" in the table of sub-rooms -> "hooks journal ."
sub_rooms() { sed -n '/^### Sub-rooms/,/^## /p' docs/architecture.md | sed -n "s,^| \`$1/\` *| *\([^|]*\) *|\$,\1,p" | tr ',' ' '; }

# "room/sub/file.h" or "room/file.h" -> "sub" or "."
sub_room_of() { case ${1#*/} in */*) rest=${1#*/} && echo "${rest%%/*}" ;; *) echo . ;; esac; }

for folder in agent/*/; do
  room=$(basename "$folder")
  [ -n "$(find "$folder" -mindepth 2 -name '*.cpp' -print -quit)" ] || continue
  order=$(sub_rooms "$room")
  [ -n "$order" ] || complain "$room: its sub-rooms are not in docs/architecture.md"
  files=$(find "$folder" -name '*.h' -o -name '*.cpp' ! -name main.cpp)
  for source in $files; do
    own=$(sub_room_of "${source#agent/}")
    case " $order " in *" $own "*) ;; *) complain "$room/$own: not in the table of sub-rooms" && continue ;; esac
    below=" ${order%%" $own "*} $own "
    [ "${order#"$own "}" = "$order" ] || below=" $own "
    for header in $(sed -n "s,^#include \"\($room/[^\"]*\)\".*,\1,p" "$source"); do
      used=$(sub_room_of "$header")
      case "$below" in *" $used "*) ;; *) complain "$source: includes $header, which lies above it" ;; esac
    done
  done
  crowd=$(find "$folder" -type d | while read -r place; do
    count=$(find "$place" -maxdepth 1 -name '*.h' -o -maxdepth 1 -name '*.cpp' | wc -l)
    [ "$count" -le 32 ] || echo "$place: $count files; a folder should fit a screen"
  done)
  [ -z "$crowd" ] || complain "$crowd"
done
exit $broken
