# shellcheck shell=sh
# Stopping containers, for the hooks docker and podman, whose command lines agree in all that is used here. The hook has
# set $engine. Sourced, never run.
# shellcheck disable=SC2154 # LABEL, GRACE and STAY are made by `settings`, $engine by the hook

settings <<'KEYS'
LABEL
STAY preemptd.drain=no
GRACE
KEYS

# Ids of the running containers that have a label, if one is named. Podman shows paused ones only when asked to.
running() {
  if [ "$engine" = podman ]; then set -- "$@" --filter status=running --filter status=paused; fi
  ask 10 "$engine" ps --quiet --no-trunc "$@"
}

# Ids of the containers to stop: those with LABEL (all, when it is empty) less those with STAY.
chosen() {
  running ${LABEL:+--filter "label=$LABEL"} || return
  wanted=$answer
  answer=
  if [ -n "$STAY" ]; then running --filter "label=$STAY" || return; fi
  for id in $wanted; do
    case $answer in
      *"$id"*) ;;
      *) echo "$id" ;;
    esac
  done
}

# look_at ID: sets $state (running, stopped, gone or unknown), $code and $name. Only an engine that answers can say that a
# container is gone.
look_at() {
  name=$1
  code=
  state=unknown
  if ask 5 "$engine" inspect --format '{{.State.Running}} {{.State.ExitCode}} {{.Name}}' "$1" 2>/dev/null; then
    # shellcheck disable=SC2086 # three words
    set -- "$1" $answer
    code=${3-}
    name=${4-$1}
    case ${2-} in
      true) state=running ;;
      false) state=stopped ;;
      *) state=gone ;;
    esac
  elif [ "$ask_status" -ne 124 ] && ask 5 "$engine" ps --all --quiet --no-trunc --filter "id=$1" && [ -z "$answer" ]; then
    state=gone
  fi
}

# The seconds one container gets from SIGTERM to SIGKILL: its label preemptd.grace, else GRACE, else what the container
# was created with (-1: for as long as it takes); never past the slot, of which 4 s are kept for the engine's own work and
# the verdict.
grace_of() {
  ask 5 "$engine" inspect --format '{{index .Config.Labels "preemptd.grace"}} {{.Config.StopTimeout}}' "$1"
  own=${answer%% *}
  made_with=${answer##* }
  most=$(($(left) - 4))
  if [ "$most" -lt 0 ]; then most=0; fi
  for grace in "$own" "$GRACE" "$made_with" 10; do
    case $grace in
      -1 | *[0-9]???????) grace=$most; break ;;
      '' | *[!0-9]*) ;;
      *) break ;;
    esac
  done
  least "$grace" "$most"
}

## Who starts them again

# circumstances ID: sets $paused, $by (a word for what runs the container, if anything does) and $unit (the systemd unit, if
# it is that).
circumstances() {
  paused=
  by=
  unit=
  title=
  folder=
  ask 5 "$engine" inspect --format 'paused={{.State.Paused}}
unit={{index .Config.Labels "PODMAN_SYSTEMD_UNIT"}}
nomad={{index .Config.Labels "com.hashicorp.nomad.alloc_id"}}
swarm={{index .Config.Labels "com.docker.swarm.service.name"}}
kubernetes={{index .Config.Labels "io.kubernetes.pod.name"}}
folder={{index .Config.Labels "com.docker.compose.project.working_dir"}}
title={{.Name}}' "$1" || return 0
  while IFS='=' read -r fact value; do
    case $fact=$value in
      *= | *'=<no value>') ;;
      paused=*) paused=$value ;;
      nomad=* | swarm=* | kubernetes=*) by=$fact ;;
      unit=*.service) unit=$value ;;
      title=*) title=${value#/} ;;
      folder=*) folder=$value ;;
    esac
  done <<END
$answer
END
  [ -n "$unit" ] || unit=$(unit_around "$1")
  [ -z "$unit" ] || by=systemd
}

# The unit that runs this container in the foreground (podman run --name, docker start -a, docker compose up in its folder),
# as its main process or a child of that, if there is one. Cron runs much else besides.
unit_around() {
  have pgrep || return 0
  for pid in $(pgrep -f -- "(docker|podman)(-compose)? (.* )?(run|start|up)( |\$)"); do
    words=" $(tr '\0\n=' '   ' <"/proc/$pid/cmdline") "
    case $words in
      *" $title "* | *" $1 "* | *" $(printf '%.12s' "$1") "*) ;;
      *" up "*) [ -n "$folder" ] && [ "$(readlink "/proc/$pid/cwd")" = "$folder" ] || continue ;;
      *) continue ;;
    esac
    around=$(sed -n '/user\.slice/d; s|.*/\([^/]*\.service\)\(/.*\)*$|\1|p' "/proc/$pid/cgroup" | head -n 1)
    if [ -n "$around" ] && is_main "$pid" "$around"; then echo "$around"; return; fi
  done 2>/dev/null
}

is_main() { # is_main PID UNIT
  ask 5 systemctl show --property=MainPID --value "$2" || return
  case $answer in
    0) return 1 ;;
    "$1") return 0 ;;
  esac
  [ "$(sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f2)" = "$answer" ]
}

# Swarm starts a task again elsewhere, and here no more, once the node is drained; only a manager can say so.
drain_swarm() {
  [ "$engine" = docker ] && [ -z "${swarm_seen-}" ] || return 0
  swarm_seen=yes
  ask 5 docker info --format '{{.Swarm.ControlAvailable}} {{.Swarm.NodeID}}' || return 0
  case $answer in
    'true '?*) ;;
    *) complain "this node is no Swarm manager: drain it from one, or Swarm may start its tasks here again"; return 0 ;;
  esac
  node=${answer#true }
  ask 5 docker node inspect --format '{{.Spec.Availability}}' "$node" && [ "$answer" = active ] || return 0
  echo "$node" | remember swarm
  change 10 docker node update --availability drain "$node" >/dev/null || complain "the Swarm node could not be drained"
}

## The stop

stop_once() {
  look_at "$1"
  case $state in
    stopped | gone) return 0 ;;
  esac
  if [ "$2" -gt "$(left)" ]; then set -- "$1" "$(left)"; fi
  change "$(($2 + 2))" "$engine" stop -t "$2" "$1" >/dev/null
}

# stop_one ID GRACE: a container that ends with its engine's restart has ended, too.
stop_one() {
  if [ "$paused" = true ]; then change 5 "$engine" unpause "$1" >/dev/null; fi
  insist 3 stop_once "$1" "$2"
}

# start_stop ID: stops it, or what runs it, in the background.
start_stop() {
  grace=$(grace_of "$1")
  circumstances "$1"
  if [ "$by" = swarm ]; then drain_swarm; fi
  if [ -n "$unit" ]; then
    remember_also stopped-units "$unit"
    ! rehearsing || say "would stop $unit, which runs $1"
    hold_starters "$unit"
    end_unit "$((grace + 5))" "$unit" &
  else
    remember_also stopped "$1"
    ! rehearsing || say "would stop $1, with $grace s to end by itself"
    stop_one "$1" "$grace" &
  fi
}

drain() {
  wrong=0
  ids=$(insist 16 chosen) || try_later "nothing stopped: $engine does not answer"
  if [ -z "$ids" ]; then say "no container to stop"; return 0; fi
  for id in $ids; do start_stop "$id"; done
  wait
  rehearsing && return 0
  for id in $ids; do verdict "$id"; done
  stop_returned
  return "$wrong"
}

# 137: what did not end on its own was killed by the engine.
verdict() {
  insist 1 known "$1"
  case $state in
    stopped) if [ "$code" = 137 ]; then complain "$name had to be killed"; else say "$name stopped"; fi ;;
    running) complain "$name still runs"; wrong=1; runs_on="${runs_on-} $1" ;;
    gone) say "$1 is gone" ;;
    *) complain "$1: $engine does not say whether it stopped"; wrong=1 ;;
  esac
}

known() { look_at "$1"; [ "$state" != unknown ]; }

# What a supervisor has started again, most often under another id: stopped too, for as long as it keeps coming back.
stop_returned() {
  rounds=0
  while [ "$rounds" -lt 3 ] && [ "$(left)" -gt 4 ]; do
    rounds=$((rounds + 1))
    sleep 1
    returned=
    again=$(chosen) || { complain "$engine does not say whether anything came back"; wrong=1; return; }
    for id in $again; do
      case " ${runs_on-} " in *" $id "*) continue ;; esac
      look_at "$id"
      [ "$state" = running ] || continue
      circumstances "$id"
      complain "$name runs again, as $(printf '%.12s' "$id"): started by ${unit:-${by:-something else}}; stopped once more"
      returned=yes
      wrong=1
      start_stop "$id"
    done
    wait
    [ -n "$returned" ] || return
  done
  [ -z "${returned-}" ] || complain "containers keep coming back; what starts them has to be stopped first"
}

undo() {
  wrong=0
  if remembered swarm; then
    if change 10 docker node update --availability active "$(recall swarm)" >/dev/null; then forget swarm; else wrong=1; fi
  fi
  release_starters || wrong=1
  if remembered stopped-units; then start_units || wrong=1; fi
  remembered stopped || return "$wrong"
  for id in $(recall stopped); do
    insist 10 known "$id"
    case $state in
      running) ;;
      gone) say "$id is gone" ;;
      *) change 20 "$engine" start "$id" >/dev/null || { complain "$id did not start"; wrong=1; } ;;
    esac
  done
  [ "$wrong" -eq 0 ] && forget stopped
  return "$wrong"
}

start_units() {
  for unit in $(recall stopped-units); do
    change 30 systemctl start "$unit" || { complain "$unit did not start"; return 1; }
  done
  forget stopped-units
}

have "$engine" || not_here "$engine is not installed"
case $GRACE in
  '' | -1) ;;
  *) whole_number GRACE ;;
esac
