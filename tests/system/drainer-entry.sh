#!/bin/bash
# The entry of the drainer's container as process 1, with a preempt-drain that says when it begins and waits for leave to end: a
# SIGTERM ends it, but no drain before its time.
#   drainer-entry.sh ENTRY      needs root, for namespaces; else 77
set -euo pipefail
entry=$(readlink -f "$1")
[ "$(id -u)" = 0 ] || { echo "SKIP the drainer's entry as process 1: needs root"; exit 77; }
unshare --mount --pid --fork true 2>/dev/null || { echo "SKIP the drainer's entry as process 1: no namespaces here"; exit 77; }

work=$(mktemp -d)
waiting=
clean_up() {
  [ -z "$waiting" ] || kill -KILL "$waiting" || true # and its child with it
  rm -rf "$work"
}
trap clean_up EXIT
mkdir "$work/sbin"
mkfifo "$work/leave"
cat >"$work/sbin/preempt-drain" <<'DRAIN'
#!/bin/sh
: >"$RUNTIME_DIRECTORY/begun"
read -r _ <"$RUNTIME_DIRECTORY/leave"
: >"$RUNTIME_DIRECTORY/ended"
DRAIN
chmod 755 "$work/sbin/preempt-drain"

fail() { echo "FAILED: $*" >&2; exit 1; }
eventually() {
  local end=$((SECONDS + 20))
  until "$@"; do
    [ "$SECONDS" -lt $end ] || fail "not within 20 s: $*"
    sleep 0.05
  done
}

# start: in namespaces of its own, where this preempt-drain lies over what the machine has in /usr/sbin. $entry_at_work is
# the process that is 1 in there, $waiting the one beside it that waits.
start() {
  RUNTIME_DIRECTORY=$work unshare --mount --propagation private --pid --fork --kill-child \
    sh -c 'mount -t overlay -o "lowerdir=$1/sbin:/usr/sbin" overlay /usr/sbin && exec "$2"' sh "$work" "$entry" &
  waiting=$!
  eventually child_is_there
}
child_is_there() { entry_at_work=$(tr -d ' ' <"/proc/$waiting/task/$waiting/children") && [ -n "$entry_at_work" ]; }

put_notice() { echo "$1" >"$work/notice.new" && mv "$work/notice.new" "$work/notice.json"; }

# ends_well: within the twenty seconds, with 0.
ends_well() {
  local code=0
  eventually no_longer
  wait "$waiting" || code=$?
  waiting=
  [ $code = 0 ] || fail "it ended with $code"
}
no_longer() { ! kill -0 "$entry_at_work" 2>/dev/null; }

start
put_notice first
eventually [ -e "$work/begun" ]
echo >"$work/leave"
eventually [ -e "$work/dealt-with" ]
kill -TERM "$entry_at_work"
ends_well
echo "ok: without a drain it ends at once"

rm "$work/begun" "$work/ended"
start
put_notice second
eventually [ -e "$work/begun" ]
kill -TERM "$entry_at_work"
[ ! -e "$work/ended" ] || fail "the drain was over before it had leave to end"
echo >"$work/leave"
ends_well
[ -e "$work/ended" ] || fail "the drain did not finish"
echo "ok: a drain is waited for"
