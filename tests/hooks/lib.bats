#!/usr/bin/env bats
# hooks/lib.sh: what every ready-made hook stands on.

load support

prepare() {
  cp "$HOOKS/lib.sh" "$WORLD/lib.sh"
}

# probe BODY: a hook around lib.sh, enabled as 10-probe.
probe() {
  { echo '#!/bin/sh'; echo '. "$(dirname -- "$(readlink -f -- "$0")")/lib.sh"'; cat; echo 'run_hook "$@"'; } >"$WORLD/probe"
  chmod 755 "$WORLD/probe"
  ln -sf "$WORLD/probe" "$WORLD/10-probe"
  run --separate-stderr hook_env "$WORLD/10-probe" drain
}

probe_settings() {
  probe <<'END'
settings <<KEYS
NAME nobody at all
COUNT 3
EMPTY
KEYS
drain() { say "[$NAME][$COUNT][$EMPTY][$configured]"; }
END
}

@test "lib: without a file, settings are their defaults" {
  probe_settings
  exits 0
  says "[nobody at all][3][][no]"
}

@test "lib: a settings file is read, never run" {
  printf '%s\n' '# who' 'NAME="$(touch '"$WORLD"'/ran) `id` ; x"' "COUNT='7'" 'EMPTY=a=b' | conf probe
  probe_settings
  exits 0
  says "[\$(touch $WORLD/ran) \`id\` ; x][7][a=b][yes]"
  [ ! -e "$WORLD/ran" ]
}

@test "lib: a file named after what the hook is enabled as comes before the hook's own" {
  ln -sf "$WORLD/probe" "$WORLD/20-probe-b.sh"
  echo NAME=a | conf probe
  echo NAME=b | conf probe-b
  probe_settings
  says "[a]"
  run --separate-stderr hook_env "$WORLD/20-probe-b.sh" drain
  says "[b]"
}

@test "lib: an unknown key costs only its line in a drain and fails a rehearsal, naming file and line" {
  printf 'NAMME=x\nnonsense\nCOUNT=9' | conf probe
  probe_settings
  exits 0
  says "[nobody at all][9]"
  complains "probe.conf:1 sets NAMME, which probe does not know"
  complains "probe.conf:2 is not KEY=value"
  REHEARSAL=1 probe_settings
  exits 78
}

@test "lib: a blank around the key of a setting is named as what it is, and runs nothing" {
  printf '%s\n' 'COUNT = 9' ' NAME=x' '=y' 'COUNT =9' >"$CONF/probe.conf"
  probe_settings
  exits 0
  says "[nobody at all][3]"
  for line in 1 2 3 4; do complains "probe.conf:$line is not KEY=value"; done
  [[ $stderr != *"not found"* ]]
  REHEARSAL=1 probe_settings
  exits 78
}

@test "lib: a daemon without a unit is started in one of its own, and where there is no systemd it says what to start" {
  fake systemd-run
  probe <<'END'
drain() { start_again process none.service 'touch started' || exit 3; have() { false; }; start_again process none.service 'touch again'; }
END
  exits 1
  called "systemd-run --quiet --property=Type=forking -- touch started"
  complains "by hand: touch again"
}

@test "lib: a value that cannot be fails a rehearsal, and leaves a drain the default" {
  printf 'COUNT=20s\nNAME=maybe\nEMPTY=x  \n' | conf probe
  checked_settings() {
    probe <<'END'
settings <<KEYS
NAME nobody
COUNT 3
EMPTY
KEYS
whole_number COUNT
one_of NAME nobody all
drain() { say "[$NAME][$COUNT][$EMPTY]"; }
END
  }
  checked_settings
  exits 0
  says "[nobody][3][x]"
  complains "COUNT must be a whole number of seconds, not '20s'"
  complains "NAME must be one of: nobody all, not 'maybe'"
  complains "NAME is taken as 'nobody'"
  REHEARSAL=1 checked_settings
  exits 78
  echo COUNT=08 | conf probe
  checked_settings
  complains "not '08'"
}

@test "lib: CR line ends are named for what they are" {
  printf 'NAME=x\r\n' | conf probe
  REHEARSAL=1 probe_settings
  exits 78
  complains "has a CR line end"
}

@test "lib: settings that others may write, or own, are refused" {
  echo NAME=x | conf probe
  chmod 666 "$CONF/probe.conf"
  probe_settings
  exits 78
  complains "writable by others"
  chmod 644 "$CONF/probe.conf"
  chmod 777 "$CONF"
  probe_settings
  exits 78
  chmod 755 "$CONF"
  if [ "$(id -u)" = 0 ]; then
    chown 65534 "$CONF/probe.conf"
    probe_settings
    exits 78
    complains "belongs to uid 65534"
  fi
}

@test "lib: a settings file without end is refused" {
  head -c 70000 /dev/zero | tr '\0' 'x' | conf probe
  probe_settings
  exits 78
}

@test "lib: no event, or a strange one, is a usage error" {
  probe <<<'drain() { :; }'
  run hook_env "$WORLD/10-probe" upside-down
  [ "$status" -eq 64 ]
}

@test "lib: a command is cut off at its own limit and at the slot's end" {
  SECONDS_LEFT=6
  probe <<'END'
drain() {
  within 1 sleep 9; say "own: $?"
  within 1 sh -c 'trap "" TERM; sleep 9'; say "stubborn: $?"
  within 60 sleep 9; say "slot: $?"
  within 60 sleep 9; say "none: $? left: $(left)"
}
END
  exits 0
  says "own: 124"
  says "stubborn: 124"
  says "slot: 124"
  says "none: 124 left: 0"
}

@test "lib: a wall clock stepped while the hook runs does not move the slot's end" {
  SECONDS_LEFT=40
  probe <<'END'
date() { echo 1; }
drain() { say "left $(left)"; }
END
  says "left 3"
}

@test "lib: the sooner of stop-by and seconds left counts" {
  probe <<'END'
drain() { say "left $(left)"; }
END
  run --separate-stderr hook_env env PREEMPT_SECONDS_LEFT=200.7 PREEMPT_STOP_BY="$(($(date +%s) + 12))" "$WORLD/10-probe" drain
  [[ $output =~ left\ ([6-9]|1[01]) ]]
  run --separate-stderr hook_env env PREEMPT_SECONDS_LEFT=6 PREEMPT_STOP_BY=4102444800 "$WORLD/10-probe" drain
  [[ $output =~ left\ [2-5] ]]
}

@test "lib: an answer is whole or a failure" {
  probe <<'END'
drain() {
  ask 5 printf 'one\ntwo\n'; say "$? [$answer]"
  ask 5 false; say "$? [$answer]"
  ask 5 head -c 2000000 /dev/zero; say "$? [$answer]"
}
END
  says "0 [one
two]"
  says "1 []"
  complains "longer than 1 MiB"
}

@test "lib: an answer is there when its command ends, whoever holds its stdout" {
  SECONDS_LEFT=20
  from=$SECONDS
  probe <<'END'
drain() {
  ask 5 sh -c 'setsid sleep 60 2>/dev/null & echo $! >>"$FAKE/pids"; echo here'; say "$? [$answer]"
  ask 5 sh -c 'setsid yes 2>/dev/null & echo $! >>"$FAKE/pids"; sleep 0.2'; say "$? ${#answer}"
  ask 1 sh -c 'setsid sleep 60 2>/dev/null & echo $! >>"$FAKE/pids"; sleep 60'; say "$? [$answer]"
}
END
  # shellcheck disable=SC2046 # words
  kill $(cat "$WORLD/fake/pids") 2>/dev/null || true
  exits 0
  says "0 [here]"
  says "124 []"
  [ $((SECONDS - from)) -le 8 ]
}

@test "lib: an answer without line ends that never ends is a failure, not a lot of memory" {
  probe <<'END'
drain() {
  ask 3 sh -c 'yes | tr -d "\n"'; say "$? [$answer]"
}
END
  says "[]"
  complains "longer than 1 MiB"
}

@test "lib: a question is asked again until it is answered" {
  probe <<'END'
question() { echo x >>"$FAKE/asked"; complain "refused"; [ "$(wc -l <"$FAKE/asked")" -ge 3 ]; }
drain() { insist 5 question; say "$? after $(wc -l <"$FAKE/asked")"; }
END
  exits 0
  says "0 after 3"
  [ "$(grep -c refused <<<"$stderr")" -eq 1 ]
}

@test "lib: a question nobody answers ends when the rest of the slot is needed, and says why again" {
  SECONDS_LEFT=9
  from=$SECONDS
  probe <<'END'
question() { within 60 false || complain "refused"; return 3; }
hanging() { within 60 sleep 60; }
drain() {
  insist 4 question; say "$? left $(left)"
  insist 2 hanging; say "$? left $(left)"
  try_later "nothing was done"
}
END
  exits 75
  [[ $output =~ 3\ left\ [45] ]]
  [[ $output =~ 124\ left\ [12] ]]
  complains "nothing was done"
  [ "$(grep -c refused <<<"$stderr")" -ge 2 ]
}

@test "lib: where the slot is shorter than what the rest needs, half of it is for the question" {
  SECONDS_LEFT=5
  probe <<'END'
drain() { insist 60 false; say "left $(left)"; }
END
  [[ $output =~ left\ [23] ]]
}

@test "lib: a question that will not be answered is asked once, and twice in a rehearsal" {
  asking() {
    : >"$WORLD/fake/asked"
    probe <<'END'
question() { echo x >>"$FAKE/asked"; return "$(cat "$FAKE/status")"; }
drain() { insist 1 question; say "$? after $(wc -l <"$FAKE/asked")"; try_later "no answer"; }
END
  }
  for code in 77 78 126 127; do
    echo "$code" >"$WORLD/fake/status"
    asking
    says "$code after 1"
  done
  echo 1 >"$WORLD/fake/status"
  REHEARSAL=1 asking
  exits 1
  says "1 after 2"
}

@test "lib: a rehearsal changes nothing and remembers nothing" {
  REHEARSAL=1 probe <<END
drain() {
  change 5 touch $WORLD/changed
  echo x | put_file $WORLD/put
  drop_file $WORLD/probe
  echo x | remember it
}
END
  exits 0
  says "would run: touch $WORLD/changed"
  says "would write $WORLD/put"
  [ ! -e "$WORLD/changed" ] && [ ! -e "$WORLD/put" ] && [ -e "$WORLD/probe" ]
  [ -z "$(ls "$STATE")" ]
}

@test "lib: a link that somebody planted where a file is to be is replaced, not followed" {
  mkdir "$WORLD/theirs" "$WORLD/folder"
  echo precious >"$WORLD/precious"
  ln -s "$WORLD/precious" "$WORLD/theirs/marker.preemptd-new"
  ln -s "$WORLD/folder" "$WORLD/theirs/marker"
  probe <<END
drain() { echo x | put_file $WORLD/theirs/marker; }
END
  exits 0
  [ "$(cat "$WORLD/precious")" = precious ] && [ -z "$(ls "$WORLD/folder")" ]
  [ ! -L "$WORLD/theirs/marker" ] && [ "$(cat "$WORLD/theirs/marker")" = x ]
}

@test "lib: a file that outlives a boot is kept in a list until it is dropped" {
  probe <<END
drain() {
  echo x | put_file $WORLD/one
  echo x | put_file $WORLD/two
  echo x | put_file /dev/shm/preemptd-probe-\$\$
  recall outside
  drop_file /dev/shm/preemptd-probe-\$\$
  drop_file $WORLD/one
  echo "now:" && recall outside
  drop_file $WORLD/two
  remembered outside || echo none
}
END
  exits 0
  [ "$output" = "$WORLD/one
$WORLD/two
now:
$WORLD/two
none" ]
}

@test "lib: what is remembered is recalled, whole, and once a line" {
  probe <<'END'
drain() {
  echo one | remember list
  remember_also list two
  remember_also list one
  recall list
  forget list
  remembered list || say gone
}
END
  says "two
one
gone"
}

@test "lib: a state folder that cannot be written costs the undo, not the drain" {
  STATE=/proc/self probe <<'END'
drain() { echo x | remember it; say went on; }
END
  exits 0
  says "went on"
  complains "an undo will not know"
}
