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
NodeName=worker NodeHostname=$(uname -n) NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
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
  scancel --state=running --state=pending --quiet 2>/dev/null || :
  scancel --full --signal=KILL --user=root 2>/dev/null || :
  eventually 10 no_running
  scontrol update NodeName=worker State=RESUME 2>/dev/null || :
  eventually 5 node_is idle
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

@test "slurm: a controller that does not answer is a failure within the slot" {
  sed "s/^SlurmctldPort=.*/SlurmctldPort=$(free_port)/; \$aMessageTimeout=2" "$SLURM_CONF" >"$WORLD/other.conf"
  echo "SLURM_CONF=$WORLD/other.conf" | conf slurm
  SECONDS_LEFT=4
  hook slurm drain
  exits 1
  complains "slurmctld does not answer"
  hook slurm undo
  exits 0
}
