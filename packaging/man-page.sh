#!/bin/sh
# man-page.sh LOWDOWN SOURCE TITLE SECTION OUTPUT: one Markdown page as a gzipped man page
set -eu
mkdir -p "$(dirname "$5")"
"$1" -s --out-no-smarty -Tman -M title="$3" -M section="$4" -M source=preemptd -M volume="preemptd manual" -M date= "$2" |
  sed "/^\./!s/--/\\\\-\\\\-/g" >"$5.roff"
gzip -9nc "$5.roff" >"$5"
rm "$5.roff"
