# What the hook tests share. Each test runs a hook as a drain would: by its path, in the contract's environment and
# nothing else, with its own state and settings folders and, first in its PATH, the fakes the test asked for.

HOOKS=$(readlink -f "$BATS_TEST_DIRNAME/../../hooks")
FAKES=$BATS_TEST_DIRNAME/fakes
PYTHON=/usr/bin/python3 # the distribution's, whatever else is first in PATH

setup() {
  WORLD=$BATS_TEST_TMPDIR
  CALLS=$WORLD/calls
  STATE=$WORLD/state
  CONF=$WORLD/conf.d
  BIN=$WORLD/bin
  mkdir -p "$STATE" "$CONF" "$BIN" "$WORLD/fake"
  : >"$CALLS"
  SECONDS_LEFT=120 # a test that is about the slot's end says how long it is; this is never reached
  REHEARSAL=0
  TOOLS=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  if declare -F prepare >/dev/null; then prepare; fi
}

teardown() {
  if declare -F clean >/dev/null; then clean; fi
}

# fake NAME...: puts tests/hooks/fakes/NAME first in the hook's PATH.
fake() {
  local name
  for name; do ln -sf "$FAKES/$name" "$BIN/$name"; done
}

# conf NAME <<SETTINGS
conf() { cat >"$CONF/$1.conf"; }

# hook NAME EVENT: runs it, through the command VIA where a test sets one; $status, $output and $stderr as bats' run sets them.
hook() {
  run --separate-stderr hook_env "$HOOKS/$1" "$2"
}

hook_env() {
  env -i PATH="$BIN:$TOOLS" HOME="${HOOK_HOME-/root}" LANG=C.UTF-8 USER=root SHELL=/bin/sh PREEMPT_CONTRACT=1 \
    PREEMPT_EVENT="$2" PREEMPT_NOTICE_ID=n-1 PREEMPT_SOURCE=metadata PREEMPT_TERMINATION_TIME=2030-01-01T00:05:00Z \
    PREEMPT_STOP_BY="$(($(date +%s) + SECONDS_LEFT))" PREEMPT_SECONDS_LEFT="$SECONDS_LEFT" \
    PREEMPT_DEADLINE="$(($(date +%s) + SECONDS_LEFT + 20))" PREEMPT_INSTANCE_ID="${INSTANCE-i-1}" PREEMPT_REGION_ID=cn-hangzhou \
    PREEMPT_ZONE_ID=cn-hangzhou-i PREEMPT_INSTANCE_TYPE=ecs.g7.large PREEMPT_BEHAVIOR=terminate \
    PREEMPT_REHEARSAL="$REHEARSAL" PREEMPT_ATTEMPT=1 PREEMPT_STATE_DIR="$STATE" \
    PREEMPT_HOOKS_CONF_DIR="$CONF" CALLS="$CALLS" FAKE="$WORLD/fake" ${VIA+"${VIA[@]}"} "$@" </dev/null 3>&-
}

# Exit status, with everything the hook said when it is another.
exits() {
  if [ "$status" -ne "$1" ]; then
    printf 'exit %s, expected %s\nstdout: %s\nstderr: %s\ncalls:\n' "$status" "$1" "$output" "${stderr-}"
    cat "$CALLS"
    return 1
  fi
}

says() { contains "$output" "$1" stdout; }
complains() { contains "$stderr" "$1" stderr; }
called() { contains "$(cat "$CALLS")" "$1" "calls"; }

contains() {
  if [[ $1 != *"$2"* ]]; then
    printf '%s lacks: %s\n%s: %s\nexit %s; stdout: %s\nstderr: %s\n' "$3" "$2" "$3" "$1" "$status" "$output" "${stderr-}"
    return 1
  fi
}

never_called() {
  if grep -F -- "$1" "$CALLS"; then
    echo "called, against expectation: $1"
    return 1
  fi
}

# before FIRST SECOND: the first call matching FIRST came before the first matching SECOND.
before() {
  local first second
  first=$(grep -nF -m1 -- "$1" "$CALLS" | cut -d: -f1)
  second=$(grep -nF -m1 -- "$2" "$CALLS" | cut -d: -f1)
  if [ -z "$first" ] || [ -z "$second" ] || [ "$first" -ge "$second" ]; then
    printf 'expected "%s" (line %s) before "%s" (line %s) in:\n' "$1" "$first" "$2" "$second"
    cat "$CALLS"
    return 1
  fi
}

# eventually SECONDS COMMAND...: waits for it to hold.
eventually() {
  local tries=$(($1 * 10))
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -le 0 ]; then
      echo "never held: $*"
      return 1
    fi
    sleep 0.1
  done
}

# with_mounts COMMANDS: the test's hooks run in a mount namespace of their own, where COMMANDS were run first.
with_mounts() {
  unshare --mount true 2>/dev/null || skip "no mount namespace of our own here"
  VIA=(unshare --mount --propagation private sh -c "$1"' && exec "$@"' sh)
}

# needs PROGRAM PACKAGE: the real thing, or a skip that says what to install.
needs() {
  PATH=$BIN:$TOOLS command -v "$1" >/dev/null || skip "$1 is not installed (package $2)"
}

bats_require_minimum_version 1.5.0

# A loopback port nobody listens on now.
free_port() {
  "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

listening() { (exec 4<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# connection SECONDS PORT: one client that stays connected so long; its process is $CLIENT.
connection() {
  (exec 4<>"/dev/tcp/127.0.0.1/$2" && touch "$WORLD/connected.$1" && exec sleep "$1") >/dev/null 2>&1 3>&- &
  CLIENT=$!
  eventually 5 test -e "$WORLD/connected.$1"
}
