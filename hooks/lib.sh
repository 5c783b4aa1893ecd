# shellcheck shell=sh
# What the ready-made hooks share: sourced, never run. A hook
#   - sources this file from beside its own resolved path, so that the folder which was safe enough to run the hook
#     from is the one this comes from;
#   - declares its settings, with their defaults, through `settings`;
#   - defines the functions `drain` and `undo`;
#   - ends with `run_hook "$@"`.
# Whatever a hook changes in the world it changes through `change`, `put_file` or `drop_file`: these are what make a
# rehearsal harmless. docs/hooks/writing.md describes the contract these functions stand on.
# shellcheck disable=SC2034 # `answer`, `configured` and the like are read by the hooks

# Lists in settings are split at spaces, and nothing in them may turn into the names of files in /.
set -f

hook=$(basename -- "$(readlink -f -- "$0")")

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }
fail() { complain "$*"; exit 1; }
misconfigured() { complain "$*"; exit 78; }
not_here() { say "$*"; exit 77; }

have() { command -v "$1" >/dev/null 2>&1; }
rehearsing() { [ "${PREEMPT_REHEARSAL:-0}" = 1 ]; }

## Time ------------------------------------------------------------------------------------------------------------

# The boot clock in hundredths of a second, in $now: a stepped wall clock must not lengthen or shorten a slot half-way
# through.
read_clock() {
  read -r now _ </proc/uptime || return
  hundredths=${now#*.}
  now=$((${now%.*} * 100 + ${hundredths#0}))
}

# When this hook's slot ends, in $slot_end: at its stop-by, less what it takes to say how it went. It is the drain that ends
# a slot, so one of less than a second (a rehearsal in fast motion has such) is not worth giving up before.
begin_slot() {
  slot=${PREEMPT_SECONDS_LEFT:-60}
  slot=${slot%.*}
  if [ -n "${PREEMPT_STOP_BY:-}" ]; then
    by_wall=$((${PREEMPT_STOP_BY%.*} - $(date +%s)))
    if [ "$by_wall" -lt "$slot" ] || [ -z "${PREEMPT_SECONDS_LEFT:-}" ]; then slot=$by_wall; fi
  fi
  read_clock
  if [ "$slot" -gt 4 ]; then
    slot_end=$((now + slot * 100 - 100))
  elif [ "$slot" -gt 1 ]; then
    slot_end=$((now + slot * 100 - 50))
  else
    slot_end=$((now + 70))
  fi
}

# Hundredths of a second that this hook may still spend, in $room.
look_at_room() {
  read_clock
  room=$((slot_end - now))
  if [ "$room" -lt 0 ]; then room=0; fi
}

# The same in whole seconds, on stdout.
left() { look_at_room; echo $((room / 100)); }

# The smaller of two numbers.
least() { if [ "$1" -lt "$2" ]; then echo "$1"; else echo "$2"; fi; }

# As a limit: whatever is left.
whole_slot=86400

# within SECONDS COMMAND...: runs it for at most SECONDS and never past the slot; 124 when it was cut off, also where it took
# a SIGKILL (137). A command that even a SIGKILL does not end (it hangs in the kernel) is left behind: the outer timeout ends
# the inner one, which is all that waits for it.
within() {
  look_at_room
  within_limit=$(least $(($1 * 100)) "$room")
  shift
  [ "$within_limit" -gt 0 ] || return 124
  timeout -s KILL "$((within_limit / 100 + 3))" \
    timeout -k 1 "$(printf '%d.%02d' $((within_limit / 100)) $((within_limit % 100)))" "$@"
  within_status=$?
  [ "$within_status" -ne 137 ] || return 124
  return "$within_status"
}

# await KEEP CONDITION...: waits until CONDITION holds; gives up (1) when only KEEP seconds of the slot are left.
await() {
  await_keep=$1
  shift
  while ! "$@"; do
    [ "$(left)" -gt "$await_keep" ] || return 1
    sleep 0.5
  done
}

## Reading and changing the world ------------------------------------------------------------------------------------

# ask SECONDS COMMAND...: runs a command that changes nothing; it reads $input, which is empty unless the caller set it.
# Its output is in $answer without the last line's end, 1 MiB at most; one longer than that is a failure, not half an answer.
# The answer ends where the command ends: what the command left running may hold its stdout for as long as it likes. The last
# line says so; sed, which waits for it, may hold no line without end.
# shellcheck disable=SC3045 # dash, busybox and bash have ulimit -v
ask() {
  answer=$(
    { printf '%s' "${input-}" | within "$@"; printf '\npreemptd-status=%d\n' "$?"; } |
      (ulimit -v 131072; LC_ALL=C exec sed '/^preemptd-status=[0-9]*$/q') 2>/dev/null | head -c 1048600
  )
  case $answer in
    *"
preemptd-status="*) ;;
    *) complain "$2: the answer is longer than 1 MiB"; answer=; return 1 ;;
  esac
  ask_status=${answer##*"
preemptd-status="}
  answer=${answer%"
preemptd-status="*}
  answer=${answer%"
"}
  return "$ask_status"
}

# insist KEEP QUESTION...: asks until it is answered, so that a counterpart that restarts while the notice comes is waited for.
# Whatever QUESTION (a function, or a command that may be repeated) runs ends when KEEP seconds of the slot are left for the
# rest of the work, or half of the slot where that is less; then its last status is returned. A question that will not be
# answered (it says 77 or 78, or cannot be run: 126, 127) is asked once, and a rehearsal asks twice. What it complains of is
# shown the first time and when the time is nearly over.
insist() {
  look_at_room
  insist_keep=$(least $(($1 * 100)) $((room / 2)))
  shift
  slot_end=$((slot_end - insist_keep))
  insist_tries=1
  "$@"
  insist_status=$?
  while [ "$insist_status" -ne 0 ] && may_insist; do
    insist_tries=$((insist_tries + 1))
    sleep "$(least $((insist_tries / 2)) 2)"
    if [ "$(left)" -gt 4 ]; then "$@" 2>/dev/null; else "$@"; fi
    insist_status=$?
  done
  slot_end=$((slot_end + insist_keep))
  return "$insist_status"
}

may_insist() {
  case $insist_status in
    77 | 78 | 126 | 127) return 1 ;;
  esac
  if rehearsing; then [ "$insist_tries" -eq 1 ]; else [ "$(left)" -gt 1 ]; fi
}

# The end of a hook whose counterpart did not answer in time: the drain may try it again.
try_later() {
  complain "$*"
  if rehearsing; then exit 1; else exit 75; fi
}

# json FILTER [JQ-OPTION...]: what jq finds in $answer; nothing where the answer has another form.
json() {
  json_filter=$1
  shift
  printf '%s' "$answer" | jq -r "$@" "$json_filter" 2>/dev/null
}

# change SECONDS COMMAND...: runs a command that changes something; a rehearsal only says so.
change() {
  if rehearsing; then
    shift
    say "would run: $*"
    return 0
  fi
  within "$@" </dev/null
}

# put_file PATH: makes stdin the content of PATH, whole or not at all; a rehearsal checks that it could. A PATH that outlives a
# boot is kept in the list "outside", which says what an image made in mid-drain has of this hook. The folder may be
# another user's (a metrics collector's): a link planted there is never followed, by the write or by the move.
put_file() {
  if rehearsing; then
    cat >/dev/null
    say "would write $1"
    [ -w "$(dirname -- "$1")" ] || { complain "cannot write in $(dirname -- "$1")"; return 1; }
    return 0
  fi
  rm -f -- "$1.preemptd-new"
  if outlives_boot "$1"; then remember_also outside "$1"; fi
  if (set -C && cat >"$1.preemptd-new") && mv -fT -- "$1.preemptd-new" "$1"; then return 0; fi
  rm -f -- "$1.preemptd-new"
  return 1
}

drop_file() {
  if rehearsing; then say "would remove $1"; return; fi
  rm -f -- "$1" && no_longer outside "$1"
}

# Whether what is written there survives a boot, and so goes into an image that somebody makes of this machine in mid-drain.
outlives_boot() {
  case $(readlink -m -- "$1") in
    /run/* | /dev/shm/*) return 1 ;;
  esac
}

## Processes -------------------------------------------------------------------------------------------------------

# pid_in FILE NAME: the process a pid file names, if it lives and is still NAME (a pid may belong to another by now).
pid_in() {
  pid=$(head -c 20 -- "$1" 2>/dev/null | tr -cd 0-9)
  case $(cat "/proc/${pid:-none}/comm" 2>/dev/null) in
    "$(printf '%.15s' "$2")"*) echo "$pid" ;;
    *) return 1 ;;
  esac
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# send SIGNAL PID; a rehearsal checks that it could.
send() {
  if rehearsing; then say "would send SIG$1 to process $2"; kill -0 "$2"; else kill -s "$1" "$2"; fi
}

# unit_active UNIT: 0 it runs, or is on its way (starting, between two starts, reloading, stopping; $unit_is says which), 3 or 4
# it does not run or is unknown; 124, said, when that cannot be known.
unit_active() {
  unit_is=
  have systemctl || return 4
  ask 5 systemctl is-active "$1" 2>/dev/null
  unit_state=$?
  unit_is=$answer
  case $unit_is in
    activating | reloading | refreshing | deactivating) return 0 ;;
  esac
  case $unit_state in
    0 | 3 | 4) return "$unit_state" ;;
  esac
  ask 5 systemctl is-system-running 2>/dev/null
  [ "$answer" != offline ] || return 4
  complain "systemd does not answer for $1"
  return 124
}

going_down() {
  ask 5 systemctl is-system-running 2>/dev/null
  [ "$answer" = stopping ]
}

# end_unit SECONDS UNIT: stops it. When the machine is going down, systemd has a stop of its own in line that waits for this
# very drain: then this one may not wait for that. A stop that is refused (systemd restarts, somebody starts the unit at the
# same time) is tried again.
end_unit() {
  end_limit=$1
  set -- "$2"
  if going_down; then set -- --job-mode=ignore-dependencies "$@"; fi
  end_tries=0
  while ! change "$end_limit" systemctl stop "$@"; do
    end_tries=$((end_tries + 1))
    if [ "$within_status" -eq 124 ] || [ "$end_tries" -ge 3 ]; then return 1; fi
    sleep 1
  done
}

# hold_starters UNIT: stops what would start UNIT again by itself: its sockets, paths and timers.
hold_starters() {
  ask 5 systemctl show --property=TriggeredBy --value "$1" 2>/dev/null || return 0
  for starter in $answer; do
    unit_active "$starter" || continue
    remember_also starters "$starter"
    if end_unit 5 "$starter"; then
      rehearsing || say "$starter, which starts $1, stopped"
    else
      complain "$starter, which starts $1, has not stopped"
    fi
  done
}

# What undo does with them, before the units: a socket whose service runs already is not started.
release_starters() {
  remembered starters || return 0
  released=0
  for starter in $(recall starters); do
    change 20 systemctl start "$starter" || { complain "$starter did not start"; released=1; }
  done
  [ "$released" -ne 0 ] || forget starters
  return "$released"
}

# came_back UNIT...: names those that something has started again, stops them once more, and says (0) that there were any.
came_back() {
  back=1
  for back_unit; do
    unit_active "$back_unit" && [ "$unit_is" != deactivating ] || continue
    back=0
    if end_unit "$(least 10 "$(left)")" "$back_unit"; then
      complain "$back_unit was started again by something else; stopped once more"
    else
      complain "$back_unit was started again by something else, and runs"
    fi
  done
  return "$back"
}

# start_again unit|process UNIT COMMAND-LINE: what undo does for a daemon that the drain stopped. Nothing that a hook starts
# outlives it, so a daemon without a unit is given one.
start_again() {
  case $1 in
    unit) change 20 systemctl start "$2" ;;
    *)
      have systemd-run || { complain "without systemd it has to be started by hand: $3"; return 1; }
      # shellcheck disable=SC2086 # a command line
      change 20 systemd-run --quiet --property=Type=forking -- $3
      ;;
  esac
}

## What undo will need -----------------------------------------------------------------------------------------------

# remember NAME: keeps stdin for the undo. What cannot be kept costs the undo, never the drain.
remember() {
  if rehearsing; then cat >/dev/null; return 0; fi
  { cat >"$PREEMPT_STATE_DIR/$1.new" && mv -f -- "$PREEMPT_STATE_DIR/$1.new" "$PREEMPT_STATE_DIR/$1"; } 2>/dev/null ||
    complain "cannot keep $1 in ${PREEMPT_STATE_DIR:-the state folder}: an undo will not know of it"
  timeout 2 sync -- "$PREEMPT_STATE_DIR/$1" "$PREEMPT_STATE_DIR" 2>/dev/null
  return 0
}

remembered() { [ -f "$PREEMPT_STATE_DIR/$1" ]; }
recall() { head -c 1048576 -- "$PREEMPT_STATE_DIR/$1"; }
forget() { rehearsing || rm -f -- "$PREEMPT_STATE_DIR/$1"; }

# Appends a line to what is remembered under NAME, unless it is there already.
remember_also() {
  { if remembered "$1"; then grep -vxF -- "$2" "$PREEMPT_STATE_DIR/$1"; fi; printf '%s\n' "$2"; } | remember "$1"
}

# Takes a line out of what is remembered under NAME.
no_longer() {
  remembered "$1" || return 0
  if grep -qvxF -- "$2" "$PREEMPT_STATE_DIR/$1"; then grep -vxF -- "$2" "$PREEMPT_STATE_DIR/$1" | remember "$1"; else forget "$1"; fi
}

## Settings ----------------------------------------------------------------------------------------------------------

# settings <<DECLARATION: one "KEY default" a line. Each KEY becomes a variable: the value in the configuration file, or
# the default. `configured` is "yes" when there is a file.
#
# The file is /etc/preemptd/hooks.conf.d/NAME.conf, NAME being what the hook is enabled as (10-checkpoint-b: checkpoint-b),
# or else the ready-made hook's own name. It is read as KEY=value lines, never run: no expansion, no commands.
settings() {
  setting_names=
  while read -r setting_key setting_value; do
    [ -n "$setting_key" ] || continue
    eval "$setting_key=\$setting_value default_$setting_key=\$setting_value"
    setting_names="$setting_names $setting_key "
  done
  configured=no
  find_settings_file
  [ -n "$settings_file" ] || return 0
  only_ours "$settings_file" && only_ours "$(dirname -- "$settings_file")" || exit 78
  configured=yes
  [ "$(wc -c <"$settings_file")" -le 65536 ] || misconfigured "$settings_file is unreadable or longer than 64 KiB"
  read_settings <"$settings_file"
}

find_settings_file() {
  settings_folder=${PREEMPT_HOOKS_CONF_DIR:-/etc/preemptd/hooks.conf.d}
  enabled_as=$(basename -- "$0")
  enabled_as=${enabled_as%.sh}
  case $enabled_as in
    [0-9]*-*) enabled_as=${enabled_as#*-} ;;
  esac
  for settings_file in "$settings_folder/$enabled_as.conf" "$settings_folder/$hook.conf"; do
    [ ! -e "$settings_file" ] || return 0
  done
  settings_file=
}

# Refuses what somebody else could have written: only root's (or, in a user's own rehearsal, that user's) settings count.
only_ours() {
  # shellcheck disable=SC2046 # two words are wanted
  set -- "$1" $(stat -L -c '%u %a' -- "$1")
  if [ $# -ne 3 ]; then complain "cannot look at $1"; return 1; fi
  if [ "$2" -ne 0 ] && [ "$2" -ne "$(id -u)" ]; then complain "$1 belongs to uid $2, not to root: not used"; return 1; fi
  if [ $((0$3 & 022)) -ne 0 ]; then complain "$1 is writable by others (mode $3): not used"; return 1; fi
}

read_settings() {
  setting_line=0
  while IFS= read -r setting_text || [ -n "$setting_text" ]; do
    setting_line=$((setting_line + 1))
    case $setting_text in
      '' | '#'*) continue ;;
      *"$(printf '\r')") bad_setting "has a CR line end"; continue ;;
      *=*) ;;
      *) bad_setting "is not KEY=value"; continue ;;
    esac
    setting_key=${setting_text%%=*}
    case $setting_key in
      '' | *[!A-Z_]*) bad_setting "is not KEY=value: '$setting_key' is no key (no blanks around it)"; continue ;;
    esac
    case $setting_names in
      *" $setting_key "*) eval "$setting_key=\$(unquoted \"\${setting_text#*=}\")" ;;
      *) bad_setting "sets $setting_key, which $hook does not know (it knows:$setting_names)" ;;
    esac
  done
}

# Without one pair of quotes; without quotes, blanks at the end are removed.
unquoted() {
  case $1 in
    \"*\") unquoted_text=${1#\"}; unquoted_text=${unquoted_text%\"} ;;
    \'*\') unquoted_text=${1#\'}; unquoted_text=${unquoted_text%\'} ;;
    *) unquoted_text=${1%"${1##*[![:space:]]}"} ;;
  esac
  printf '%s' "$unquoted_text"
}

# A rehearsal is the place to find a bad line. In a real drain the rest of the file still counts: a typing slip must not
# cost the node its drain.
bad_setting() {
  complain "$settings_file:$setting_line $1"
  if rehearsing; then exit 78; fi
}

# The same for a value that cannot be: the default counts instead.
bad_value() { # bad_value KEY WHAT
  eval "setting_value=\$$1 $1=\$default_$1"
  complain "$1 must be $2, not '$setting_value'"
  if rehearsing; then exit 78; fi
  eval "complain \"$1 is taken as '\$$1'\""
}

whole_number() { # KEY...
  for setting_key in "$@"; do
    eval "setting_value=\$$setting_key"
    case $setting_value in
      '' | *[!0-9]* | 0?* | ???????*) bad_value "$setting_key" "a whole number of seconds" ;;
    esac
  done
}

one_of() { # KEY WORD...
  setting_key=$1
  eval "setting_value=\$$1"
  shift
  for one_of_word in "$@"; do
    [ "$setting_value" != "$one_of_word" ] || return 0
  done
  bad_value "$setting_key" "one of: $*"
}

## The run -----------------------------------------------------------------------------------------------------------

run_hook() {
  case ${1-} in
    drain | undo) ;;
    *) complain "usage: $hook drain|undo"; exit 64 ;;
  esac
  if [ ! -d "${PREEMPT_STATE_DIR:-}" ]; then
    complain "PREEMPT_STATE_DIR is no folder: try this hook with: preemptctl hooks run $hook"
    exit 64
  fi
  "$1"
}

begin_slot
