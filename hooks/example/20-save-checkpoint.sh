#!/bin/sh
# preemptd: timeout=60s reserve=30s
# Saves what would be lost, beside the requests of the same stage: whole or not at all, so it is safe to run twice. It
# goes out as a stream, so a full disk does not cost it.
set -eu
[ "$1" = drain ] || exit 77 # a checkpoint does no harm

checkpoint() { date -u +%FT%TZ; }
upload() { cat >/dev/null && sleep 1; } # a real one uploads, and renames what is whole

echo "attempt $PREEMPT_ATTEMPT, $PREEMPT_SECONDS_LEFT s for it"
checkpoint | upload
echo "saved"
date -u +%FT%TZ 2>/dev/null >"$PREEMPT_STATE_DIR/saved-at" || echo "no room to note it"
