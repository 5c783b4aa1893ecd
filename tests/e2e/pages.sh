#!/bin/bash
# The flags that preemptd, preempt-drain and preempt-sim know, and those their man pages tell of, are the same ones.
# (preemptctl's pages are held to its commands by the unit tests.)
#   pages.sh FOLDER-OF-PROGRAMS SOURCE-FOLDER
set -eu
programs=$1
pages=$2/docs/man

helps() { # PROGRAM: its help, and that of every command it has
  "$programs/$1" --help
  "$programs/$1" --help | sed -n '/^Subcommands:/,$s/^  \([a-z][a-z-]*\) .*/\1/p' | while read -r command; do
    "$programs/$1" "$command" --help
  done
}
flags() { grep -oE -- '(^|[^a-zA-Z-])--[a-z][a-z-]+' | grep -oE -- '--.*' | cat - <(printf '%s\n' --help --version) | sort -u; }

failed=0
for page in preemptd.8 preempt-drain.8 preempt-sim.1; do
  said=$(helps "${page%.*}" | flags)
  # Flags of other programs stand in a page's examples and text, not in bold.
  told=$(grep -oE -- '\*\*--[a-z][a-z-]+' "$pages/$page.md" | flags)
  [ "$(wc -l <<<"$told")" -gt 3 ] || { echo "$page: hardly any flags were found"; failed=1; }
  difference=$(diff <(echo "$said") <(echo "$told")) || { echo "$page: < only in --help, > only in the page"; echo "$difference"; failed=1; }
done
exit $failed
