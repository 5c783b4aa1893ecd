#!/bin/sh
# preemptd: timeout=60s reserve=30s
# Saves what would be lost, beside the requests of the same stage: whole or not at all, so it is safe to run twice.
set -eu
[ "$1" = drain ] || exit 77 # a checkpoint does no harm

echo "attempt $PREEMPT_ATTEMPT, $PREEMPT_SECONDS_LEFT s for it"
date -u +%FT%TZ >"$PREEMPT_STATE_DIR/checkpoint.part"
sleep 1 # here a real one would upload
mv "$PREEMPT_STATE_DIR/checkpoint.part" "$PREEMPT_STATE_DIR/checkpoint"
echo "saved"
