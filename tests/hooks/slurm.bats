#!/usr/bin/env bats
# hooks/slurm, with a real munged, slurmctld and slurmd on this machine.

load support

setup_file() {
  local program
  for program in munged slurmctld slurmd sbatch; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || return 0
  done
  export SLURM=$BATS_FILE_TMPDIR
  export PATH=$PATH:/usr/sbin:/sbin
  chmod 755 "$BATS_RUN_TMPDIR" "$SLURM"
  mkdir -p "$SLURM"/{spool,state,run,log,munge}
  dd if=/dev/urandom of="$SLURM/munge.key" bs=128 count=1 2>/dev/null
  chmod 600 "$SLURM/munge.key"
  munged --force --key-file="$SLURM/munge.key" --socket="$SLURM/munge/sock" --pid-file="$SLURM/munge/pid" \
    --log-file="$SLURM/munge/log" --seed-file="$SLURM/munge/seed" 3>&-
  local controller_port node_port
  read -r controller_port node_port < <("$PYTHON" -c '
import socket
s, t = socket.socket(), socket.socket()
for x in s, t: x.bind(("127.0.0.1", 0))
print(s.getsockname()[1], t.getsockname()[1])')
  cat >"$SLURM/slurm.conf" <<END
ClusterName=hooks
SlurmctldHost=$(uname -n)(127.0.0.1)
SlurmctldPort=$controller_port
SlurmdPort=$node_port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$SLURM/munge/sock
CryptoType=crypto/munge
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SchedulerType=sched/builtin
SelectType=select/cons_tres
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=1
KillWait=2
StateSaveLocation=$SLURM/state
SlurmdSpoolDir=$SLURM/spool
SlurmctldPidFile=$SLURM/run/slurmctld.pid
SlurmdPidFile=$SLURM/run/slurmd.pid
SlurmctldLogFile=$SLURM/log/slurmctld.log
SlurmdLogFile=$SLURM/log/slurmd.log
Epilog=$SLURM/epilog
NodeName=worker NodeHostname=$(uname -n) NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
  # The site's epilog takes as long as a test holds it.
  printf '#!/bin/sh\n[ -e %s/hold ] || exit 0\ntouch %s/epilog\nwhile [ -e %s/hold ]; do sleep 0.1; done\n' \
    "$SLURM" "$SLURM/run" "$SLURM" >"$SLURM/epilog"
  chmod 755 "$SLURM/epilog"
  export SLURM_CONF=$SLURM/slurm.conf
  slurmctld -c -f "$SLURM_CONF" 3>&-
  slurmd -N worker -f "$SLURM_CONF" 3>&-
  local tries=100
  until [[ $(sinfo -h -o %T 2>/dev/null) == idle ]]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { sinfo; tail -n 20 "$SLURM"/log/*; return 1; } >&3
    sleep 0.1
  done
}

teardown_file() {
  local pid
  for pid in $(cat "${SLURM-/nonexistent}"/run/*.pid "${SLURM-/nonexistent}/munge/pid" 2>/dev/null); do
    kill "$pid" || continue
    eventually 10 ended "$pid"
  done
}

ended() { [[ $(ps -o stat= -p "$1") =~ ^(Z.*)?$ ]]; }

prepare() {
  [ -n "${SLURM-}" ] || skip "slurmctld, slurmd, slurm-client or munge is not installed"
  cat >"$WORLD/defaults" <<<"SLURM_CONF=$SLURM_CONF"
  conf slurm <"$WORLD/defaults"
}

clean() {
  [ -n "${SLURM-}" ] || return 0
  rm -f "$SLURM/hold" "$SLURM/run/epilog"
  controller_answers || slurmctld -f "$SLURM_CONF" 3>&-
  eventually 10 controller_answers
  scancel --state=running --state=pending --quiet 2>/dev/null || :
  scancel --full --signal=KILL --user=root 2>/dev/null || :
  eventually 10 no_running
  scontrol update NodeName=worker State=RESUME 2>/dev/null || :
  eventually 5 node_is idle
}

asked_again() { [ "$(grep -c ^sinfo "$CALLS")" -ge 2 ]; }
controller_answers() { scontrol ping | grep -q UP; }

# failing PROGRAM PATTERN TIMES: PROGRAM fails so often, as with a slurmctld that cannot be reached, when its arguments match.
failing() {
  seq "$3" >"$WORLD/fails-$1"
  printf '#!/bin/bash\necho "%s $*" >>%s\nif [[ $* == %s && -s %s ]]; then sed -i 1d %s\n%s\nexit 1; fi\nexec %s "$@"\n' \
    "$1" "$CALLS" "$2" "$WORLD/fails-$1" "$WORLD/fails-$1" \
    "echo '$1: error: Unable to contact slurm controller (connect failure)' >&2" "$(command -v "$1")" >"$BIN/$1"
  chmod 755 "$BIN/$1"
}

settings_more() { { cat "$WORLD/defaults"; printf '%s\n' "$@"; } | conf slurm; }
node_is() { [[ $(sinfo -h -o %T) == "$1" ]]; }
no_running() { [ -z "$(squeue -h -t running,completing)" ]; }

# job SCRIPT: submits it and waits until it runs; its id is in $JOB.
job() {
  JOB=$(cd "$WORLD" && printf '#!/bin/bash\n%s\n' "$1" | sbatch --parsable --requeue "${@:2}" -o "$WORLD/job.out")
  eventually 10 job_is RUNNING
  eventually 5 test -e "$WORLD/started"
}

job_is() { [[ $(squeue -h -j "$JOB" -o %T) == "$1" ]]; }

@test "slurm: an idle node is set to drain with a reason, then down; undo resumes it" {
  hook slurm drain
  exits 0
  [[ $(scontrol show node worker) == *"State=DOWN+DRAIN"* ]]
  [[ $(sinfo -h -R -o %E) == *"preemptd: reclaimed at 2030-01-01T00:05:00Z"* ]]
  hook slurm drain
  exits 0
  says "already"
  hook slurm undo
  exits 0
  eventually 5 node_is idle
}

@test "slurm: a running job that does not end is requeued" {
  job "touch $WORLD/started; sleep 100"
  SECONDS_LEFT=25
  settings_more LEAD=22
  hook slurm drain
  exits 0
  says "job $JOB: requeued"
  eventually 5 job_is PENDING
}

@test "slurm: a warned job saves and ends by itself, and is not requeued" {
  job "trap 'echo saved >$WORLD/saved; exit 0' USR1; touch $WORLD/started; while :; do sleep 0.1; done"
  settings_more SIGNAL=USR1
  hook slurm drain
  exits 0
  [ "$(cat "$WORLD/saved")" = saved ]
  [[ $output != *requeued* ]]
}

@test "slurm: a job that must not be requeued is named" {
  job "touch $WORLD/started; sleep 100" --no-requeue
  SECONDS_LEFT=7
  settings_more LEAD=4 DOWN=no
  hook slurm drain
  exits 1
  complains "job $JOB cannot be requeued"
}

@test "slurm: a node somebody else drained stays so after undo" {
  scontrol update NodeName=worker State=DRAIN Reason=maintenance
  hook slurm drain
  exits 0
  hook slurm undo
  exits 0
  node_is drained
  [[ $(sinfo -h -R -o %E) == maintenance ]]
}

@test "slurm: with AFTER=leave the job runs on, and the node is not set down under it" {
  job "touch $WORLD/started; sleep 100"
  SECONDS_LEFT=8
  settings_more AFTER=leave LEAD=5
  hook slurm drain
  exits 1
  complains "job $JOB still runs"
  job_is RUNNING
  [[ $(scontrol show node worker) != *"State=DOWN"* ]]
  hook slurm undo
  exits 0
}

@test "slurm: a drain that Slurm refuses still has the jobs warned" {
  job "trap 'echo saved >$WORLD/saved; exit 0' USR1; touch $WORLD/started; while :; do sleep 0.1; done"
  settings_more SIGNAL=USR1 DOWN=no
  printf '#!/bin/sh\ncase $* in *State=DRAIN*) echo "slurm_update error: Access denied" >&2; exit 1 ;; esac\nexec %s "$@"\n' \
    "$(command -v scontrol)" >"$BIN/scontrol"
  chmod 755 "$BIN/scontrol"
  hook slurm drain
  exits 1
  complains "could not be set to drain"
  [ "$(cat "$WORLD/saved")" = saved ]
}

@test "slurm: a rehearsal says all of it and changes nothing" {
  job "touch $WORLD/started; sleep 100"
  REHEARSAL=1
  settings_more SIGNAL=USR1
  hook slurm drain
  exits 0
  says "would run: scontrol update NodeName=worker State=DRAIN"
  says "would run: scancel --signal=USR1 --full $JOB"
  says "would run: scontrol requeue $JOB"
  job_is RUNNING
  [[ $(sinfo -h -o %T) == allocated ]]
}

@test "slurm: a controller that does not answer until the slot ends: the drain may try again" {
  sed "s/^SlurmctldPort=.*/SlurmctldPort=$(free_port)/; \$aMessageTimeout=2" "$SLURM_CONF" >"$WORLD/other.conf"
  echo "SLURM_CONF=$WORLD/other.conf" | conf slurm
  SECONDS_LEFT=6
  hook slurm drain
  exits 75
  complains "slurmctld does not answer"
  hook slurm undo
  exits 0
}

@test "slurm: a controller that is away when the notice comes is waited for" {
  kill "$(cat "$SLURM/run/slurmctld.pid")"
  eventually 10 ended "$(cat "$SLURM/run/slurmctld.pid")"
  failing sinfo nothing 0
  (eventually 60 asked_again && exec slurmctld -f "$SLURM_CONF") 3>&- &
  hook slurm drain
  exits 0
  [[ $(scontrol show node worker) == *"State=DOWN+DRAIN"* ]]
}

@test "slurm: questions and changes that fail for a moment are made again" {
  job "touch $WORLD/started; trap 'echo saved >$WORLD/saved' USR1; while :; do sleep 0.1; done"
  failing scontrol '*' 2
  failing squeue '*' 2
  failing scancel '*' 1
  SECONDS_LEFT=40
  settings_more SIGNAL=USR1 LEAD=30
  hook slurm drain
  exits 0
  says "job $JOB: requeued"
  [ "$(cat "$WORLD/saved")" = saved ]
}

@test "slurm: a node that is not registered yet is waited for" {
  printf '#!/bin/sh\necho "sinfo $*" >>%s\n[ "$(grep -c ^sinfo %s)" -lt 3 ] || exec %s "$@"\n' "$CALLS" "$CALLS" "$(command -v sinfo)" >"$BIN/sinfo"
  chmod 755 "$BIN/sinfo"
  hook slurm drain
  exits 0
  complains "knows no node of this machine's name"
  [[ $(scontrol show node worker) == *"State=DOWN+DRAIN"* ]]
}

@test "slurm: a job's epilog is waited for" {
  job "trap 'echo saved >$WORLD/saved; exit 0' USR1; touch $WORLD/started; while :; do sleep 0.1; done"
  touch "$SLURM/hold"
  settings_more SIGNAL=USR1
  (eventually 30 test -e "$SLURM/run/epilog" && sleep 2 && job_is COMPLETING && node_is draining && touch "$WORLD/waited" && rm "$SLURM/hold") 3>&- &
  hook slurm drain
  exits 0
  [ -e "$WORLD/waited" ]
  [[ $output != *requeued* ]]
  [[ $(scontrol show node worker) == *"State=DOWN+DRAIN"* ]]
}

@test "slurm: an epilog that outlasts the slot is named" {
  job "trap 'exit 0' USR1; touch $WORLD/started; while :; do sleep 0.1; done"
  touch "$SLURM/hold"
  settings_more SIGNAL=USR1 LEAD=4
  SECONDS_LEFT=12
  hook slurm drain
  exits 1
  complains "still completing on worker, which its epilog may be: $JOB"
}

@test "slurm: a job that started before slurmd was restarted is waited for" {
  job "trap 'sleep 2; echo saved >$WORLD/saved; exit 0' USR1; touch $WORLD/started; while :; do sleep 0.1; done"
  local old
  old=$(cat "$SLURM/run/slurmd.pid")
  kill "$old"
  eventually 10 ended "$old"
  slurmd -N worker -f "$SLURM_CONF" 3>&-
  settings_more SIGNAL=USR1
  hook slurm drain
  exits 0
  [ "$(cat "$WORLD/saved")" = saved ]
}

@test "slurm: a signal that is none fails the rehearsal" {
  REHEARSAL=1
  settings_more SIGNAL=USR9
  hook slurm drain
  exits 78
  complains "SIGNAL must be a signal that scancel knows, not 'USR9'"
}
