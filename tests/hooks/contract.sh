#!/bin/bash
# contract.sh [HOOK...]: what every ready-made hook must keep (docs/hooks/writing.md), checked on each of them, by default on
# all that are shipped. Prints one line a hook and closes with "N passed, N failed".
set -u
tests=$(dirname -- "$(readlink -f -- "$0")")
hooks=$(readlink -f -- "$tests/../../hooks")
docs=$(readlink -f -- "$tests/../../docs/hooks")
world=$(mktemp -d) || exit 1
trap 'rm -rf "$world"' EXIT

complain() { echo "  $name: $*"; kept=no; }

# The programs a script may always count on; everything else is software that can be absent.
make_bare_path() {
  mkdir "$world/bare"
  local tool
  for tool in sh basename dirname readlink cat head tail tr cut sed awk grep sort find date sleep stat id mv rm mkdir touch \
    sync timeout printf uname wc sha256sum kill tee env expr ln chmod; do
    ln -s "$(command -v "$tool")" "$world/bare/$tool" 2>/dev/null
  done
}

# call EVENT: one call as a drain would make it; its exit status, output in $world/NAME.out and NAME.err.
call() {
  env -i PATH="$path" HOME=/root LANG=C.UTF-8 USER=root SHELL=/bin/sh PREEMPT_CONTRACT=1 PREEMPT_EVENT="$1" \
    PREEMPT_NOTICE_ID=n-1 PREEMPT_SOURCE=metadata PREEMPT_TERMINATION_TIME=2030-01-01T00:05:00Z \
    PREEMPT_STOP_BY="$(($(date +%s) + left))" PREEMPT_SECONDS_LEFT="$left" PREEMPT_DEADLINE="$(($(date +%s) + left + 10))" \
    PREEMPT_INSTANCE_ID=i-1 PREEMPT_REGION_ID=cn-hangzhou PREEMPT_ZONE_ID=cn-hangzhou-i PREEMPT_INSTANCE_TYPE=ecs.g7.large \
    PREEMPT_BEHAVIOR=terminate PREEMPT_REHEARSAL="$rehearsal" PREEMPT_ATTEMPT=1 PREEMPT_STATE_DIR="$state" \
    PREEMPT_HOOKS_CONF_DIR="$conf" CALLS="$world/$name/calls" FAKE="$fake" "${shell[@]}" "$hooks/$name" "$1" \
    </dev/null >"$world/$name.out" 2>"$world/$name.err"
}

# A world of its own for each hook: everything it needs is there and is a fake, where a fake can stand for it.
furnish() {
  rm -rf "${world:?}/$name"
  conf=$world/$name/conf.d fake=$world/$name/fake state=$world/$name/state
  mkdir -p "$conf" "$fake/units" "$fake/containers" "$state" "$world/$name/metrics" "$world/$name/folder"
  : >"$world/$name/folder/a.pt"
  echo active >"$fake/units/app.service"
  echo 'running 0' >"$fake/containers/c1"
  cat >"$fake/cloud.json" <<'END'
{"disks": [{"DiskId": "d-1", "Type": "data", "DeleteWithInstance": true, "Portable": true}],
 "groups": {"alb:sgp-1": [{"ServerId": "i-1", "Port": 80, "Weight": 70, "ServerType": "Ecs"}]},
 "scaling": {"id": "asg-1", "state": "InService"}}
END
  case $name in
    node-exporter-marker) echo "METRICS_DIR=$world/$name/metrics" ;;
    systemd-units | log-flush) printf '%s\n' UNITS=app.service; [ "$name" != log-flush ] || echo SETTLE=0 ;;
    load-balancer) printf '%s\n' SERVER_GROUPS=alb:sgp-1 SETTLE=0 ;;
    checkpoint) printf '%s\n' SIGNAL= "FOLDER=$world/$name/folder" DEST=oss://b ;;
  esac >"$conf/$name.conf"
  [ -s "$conf/$name.conf" ] || rm "$conf/$name.conf"
}

# Everything that the world holds and a hook could change.
snapshot() { find "$world/$name" -type f ! -name calls -exec md5sum {} + | sort; }

check_file() {
  [ "$(head -n 1 "$hooks/$name")" = '#!/bin/sh' ] || complain "is not run by /bin/sh"
  sed -n 2p "$hooks/$name" | grep -Eq '^# preemptd: stage=[0-9]+ timeout=[0-9]+s reserve=[0-9]+s importance=(critical|normal|low)$' ||
    complain "its second line is not '# preemptd: stage=N timeout=Ns reserve=Ns importance=WORD'"
  [ -x "$hooks/$name" ] || complain "is not executable"
  grep -q "^@test \"$name: " "$tests"/*.bats || complain "has no test"
  dash -n "$hooks/$name" || complain "dash does not parse it"
  if command -v shellcheck >/dev/null; then shellcheck -x -P SCRIPTDIR "$hooks/$name" || complain "shellcheck objects"; fi
}

# The settings the hook declares, its sample file and its page name the same keys.
check_papers() {
  local declared sample page
  declared=$(cat "$hooks/$name" "$(case $name in docker | podman) echo "$hooks/containers.sh" ;; *) echo /dev/null ;; esac)" |
    sed -n "/^settings <<'KEYS'$/,/^KEYS$/p" | grep -vE "^(settings|KEYS)" | cut -d' ' -f1 | sort)
  sample=$(sed -n 's/^#\([A-Z][A-Z_]*\)=.*/\1/p' "$hooks/conf/$name.conf" | sort)
  page=$(sed -n '/^## Settings/,/^## Permissions/p' "$docs/$name.md" | grep '^| `[A-Z]' | cut -d'|' -f2 | grep -o '[A-Z][A-Z_]*' | sort)
  [ "$declared" = "$sample" ] || complain "conf/$name.conf has other keys than the hook: $(echo $sample) / $(echo $declared)"
  [ "$declared" = "$page" ] || complain "docs/hooks/$name.md has other keys than the hook: $(echo $page) / $(echo $declared)"
  local stage timeout reserve importance
  read -r stage timeout reserve importance < <(sed -n '2s/# preemptd: stage=\([0-9]*\) timeout=\([0-9]*\)s reserve=\([0-9]*\)s importance=/\1 \2 \3 /p' "$hooks/$name")
  local line="**Stage** $stage · **timeout** $timeout s · **reserve** $reserve s · **importance** $importance"
  grep -qF -- "$line" "$docs/$name.md" || complain "docs/hooks/$name.md does not say $line"
  grep -Eq "^\| \[$name\]\($name\.md\) \| $stage \| [^|]+ \| $timeout s, $reserve s \| $importance \|( [^|]+ \|){5}$" "$docs/README.md" ||
    complain "docs/hooks/README.md does not list it with stage, time, reserve and importance, and what it needs, does and was tried with"
}

check_absent() {
  furnish
  rm -f "$conf/$name.conf"
  path=$world/bare
  call drain
  [ $? -eq 77 ] || complain "with its software absent and nothing set it does not answer 77: $(cat "$world/$name.out" "$world/$name.err")"
  [ -s "$world/$name.out" ] || complain "does not say why it does not apply"
}

check_usage() {
  furnish
  path=$fakes_path
  call sideways
  case $? in 64 | 77 | 1) ;; *) complain "takes an event it does not know" ;; esac
}

check_rehearsal() {
  furnish
  path=$fakes_path rehearsal=1
  local before after
  before=$(snapshot)
  call drain || complain "a rehearsal of drain fails with $?: $(cat "$world/$name.out" "$world/$name.err")"
  [ -s "$world/$name.out" ] || complain "a rehearsal says nothing of what it would do"
  call undo || complain "a rehearsal of undo fails with $?"
  after=$(snapshot)
  [ "$before" = "$after" ] || complain "a rehearsal changed something: $(diff <(echo "$before") <(echo "$after"))"
  rehearsal=0
}

check_undo_of_nothing() {
  furnish
  path=$fakes_path
  local before
  before=$(snapshot)
  call undo
  case $? in 0 | 77) ;; *) complain "undo with nothing done fails: $(cat "$world/$name.out" "$world/$name.err")" ;; esac
  [ "$before" = "$(snapshot)" ] || complain "undo with nothing done changed something"
}

check_drain_twice_and_undo() {
  furnish
  path=$fakes_path
  call drain || complain "drain fails with $?: $(cat "$world/$name.out" "$world/$name.err")"
  call drain || complain "a second drain fails with $?: $(cat "$world/$name.out" "$world/$name.err")"
  call undo || complain "undo fails with $?: $(cat "$world/$name.out" "$world/$name.err")"
  call undo || complain "a second undo fails with $?"
}

# With no time at all a hook must be over at once, whatever it could do.
check_tiny_slot() {
  furnish
  path=$fakes_path left=1
  local from=$SECONDS
  call drain
  [ $((SECONDS - from)) -le 6 ] || complain "with a slot of 1 s it takes $((SECONDS - from)) s"
  left=120
}

check() {
  name=$1 kept=yes left=120 rehearsal=0 shell=()
  check_file
  check_papers
  check_absent
  case $name in
    kubernetes | slurm | nginx | haproxy | ci-runner | postgres | rabbitmq | redis | workers) # their whole run is in NAME.bats, with the real programs
      check_usage
      check_undo_of_nothing
      ;;
    *)
      check_usage
      check_rehearsal
      check_undo_of_nothing
      check_drain_twice_and_undo
      check_tiny_slot
      shell=(bash --posix)
      check_drain_twice_and_undo
      ;;
  esac
  if [ "$kept" = yes ]; then echo "ok $name"; else echo "not ok $name"; fi
}

make_bare_path
mkdir "$world/bin"
for program in wall systemctl docker podman nomad consul preemptctl ossutil; do ln -s "$tests/fakes/$program" "$world/bin/$program"; done
fakes_path=$world/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# shellcheck disable=SC2046 # words
[ $# -gt 0 ] || set -- $(cd "$hooks" && grep -slx '#!/bin/sh' -- *)

# Mostly waiting: four at a time.
for hook; do
  while [ "$(jobs -pr | wc -l)" -ge 4 ]; do wait -n; done
  check "$hook" >"$world/$hook.report" 2>&1 &
done
wait
for hook; do cat "$world/$hook.report"; done
passed=$(cat "$world"/*.report | grep -c '^ok ')
failed=$(($# - passed))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
