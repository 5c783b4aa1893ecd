#!/bin/sh
# preemptd: timeout=120s reserve=10s
# Lets running requests end, and stops waiting before its own time is up. Here five pretended ones, one every half second.
set -eu
[ "$1" = drain ] || exit 77 # nothing to take back

open=5
while [ $open -gt 0 ] && [ $((PREEMPT_STOP_BY - $(date +%s))) -gt 1 ]; do
  echo "$open requests still open"
  sleep 0.5
  open=$((open - 1))
done
[ $open -eq 0 ] || { echo "$open requests had to be cut off" >&2 && exit 1; }
echo "all requests answered"
