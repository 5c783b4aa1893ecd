# shellcheck shell=sh
# Stopping containers, for the hooks docker and podman, whose command lines agree in all that is used here. The hook has
# set $engine. Sourced, never run.
# shellcheck disable=SC2154 # LABEL, GRACE and STAY are made by `settings`, $engine by the hook

settings <<'KEYS'
LABEL
STAY preemptd.drain=no
GRACE
KEYS

# Ids of the running containers to stop: those with LABEL (all, when it is empty) less those with STAY.
chosen() {
  ask 10 "$engine" ps --quiet --no-trunc ${LABEL:+--filter "label=$LABEL"} || return
  wanted=$answer
  answer=
  if [ -n "$STAY" ]; then ask 10 "$engine" ps --quiet --no-trunc --filter "label=$STAY" || return; fi
  for id in $wanted; do
    case $answer in
      *"$id"*) ;;
      *) echo "$id" ;;
    esac
  done
}

# The seconds one container gets from SIGTERM to SIGKILL: its label preemptd.grace, else GRACE, else what the container
# was created with; never past the slot, of which 4 s are kept for the engine's own work and the verdict.
grace_of() {
  ask 5 "$engine" inspect --format '{{index .Config.Labels "preemptd.grace"}} {{.Config.StopTimeout}}' "$1"
  own=${answer%% *}
  made_with=${answer##* }
  for grace in "$own" "$GRACE" "$made_with" 10; do
    case $grace in
      '' | *[!0-9]*) ;;
      *) break ;;
    esac
  done
  room=$(($(left) - 4))
  if [ "$room" -lt 0 ]; then room=0; fi
  least "$grace" "$room"
}

drain() {
  ids=$(chosen) || fail "$engine does not answer"
  if [ -z "$ids" ]; then say "no container to stop"; return 0; fi
  for id in $ids; do remember_also stopped "$id"; done
  for id in $ids; do
    grace=$(grace_of "$id")
    change "$((grace + 2))" "$engine" stop -t "$grace" "$id" >/dev/null &
    rehearsing && say "would stop $id, with $grace s to end by itself"
  done
  wait
  rehearsing && return 0
  verdict
}

# 137: what did not end on its own was killed by the engine.
verdict() {
  wrong=0
  for id in $ids; do
    ask 5 "$engine" inspect --format '{{.State.Running}} {{.State.ExitCode}} {{.Name}}' "$id" ||
      { [ "$ask_status" -ne 124 ] || answer="true unknown $id"; }
    # shellcheck disable=SC2086 # three words
    set -- $answer
    case "${1-} ${2-}" in
      'false 137') complain "${3-$id} had to be killed" ;;
      false*) say "${3-$id} stopped" ;;
      true*) complain "${3-$id} still runs"; wrong=1 ;;
      *) say "$id is gone" ;;
    esac
  done
  return "$wrong"
}

undo() {
  remembered stopped || return 0
  wrong=0
  for id in $(recall stopped); do
    ask 5 "$engine" inspect --format '{{.State.Running}}' "$id" || { say "$id is gone"; continue; }
    if [ "$answer" = true ]; then continue; fi
    change 20 "$engine" start "$id" >/dev/null || { complain "$id did not start"; wrong=1; }
  done
  [ "$wrong" -eq 0 ] && forget stopped
  return "$wrong"
}

have "$engine" || not_here "$engine is not installed"
[ -z "$GRACE" ] || whole_number GRACE
