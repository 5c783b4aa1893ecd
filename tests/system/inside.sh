# Runs as case.service inside the booted system: the boot_N function of /case.sh for this boot, with the words below.
# What a case writes to /case outlives the boot and is on the host afterwards.
set -u
boot=$(cat /case/boot)
admin=127.0.0.1:8002

fail() { echo "FAILED: $*" >&2; return 1; }

no() { if "$@"; then fail "this should not hold: $*"; fi; }

# eventually SECONDS COMMAND...: the command holds within that time.  A slow machine asks for PATIENCE, a factor.
eventually() {
  local limit=$(($1 * ${PATIENCE:-1})) end
  shift
  end=$(($(date +%s%N) + limit * 1000000000))
  until "$@" >/dev/null 2>&1; do
    if [ "$(date +%s%N)" -ge $end ]; then fail "not within $limit s: $*"; return 1; fi
    sleep 0.05
  done
}

# hook NAME < SCRIPT: an operator's hook; its functions of time and place are plain shell.
hook() {
  cat >"/etc/preemptd/hooks.d/$1"
  chmod 755 "/etc/preemptd/hooks.d/$1"
}

# workload NAME: a service that multi-user.target wants, running; when it was stopped is in /case/NAME-stopped.
workload() {
  local units=/run/systemd/system
  printf '%s\n' '[Service]' 'ExecStart=/bin/sleep infinity' "ExecStop=/bin/sh -c 'date +%%s.%%N >/case/$1-stopped'" >"$units/$1.service"
  mkdir -p "$units/multi-user.target.wants"
  ln -s "../$1.service" "$units/multi-user.target.wants/"
  systemctl daemon-reload
  systemctl start "$1.service"
}

reclaim() { preempt-sim reclaim --admin $admin "$@"; }
is() { [ "$(systemctl show -P "$2" "$1")" = "$3" ]; }           # is UNIT PROPERTY VALUE
drain_is_over() { ls /var/lib/preemptd/drains/*/record.json; }
drains() { find /var/lib/preemptd/drains -mindepth 1 -maxdepth 1 -type d | wc -l; }
record() { jq -e "$1" /var/lib/preemptd/drains/*/record.json; } # record FILTER
reported() { grep -q "\"type\": \"$1\"" /case/reports; }        # reported TYPE
# leave poweroff|reboot: the boot ends here, and well so far.
leave() { echo 0 >"/case/code.$boot"; systemctl --no-block "$@"; }

# watches_and_drains: what every documented way to switch it on must come to: all units are up and enabled, and a reclaim is drained.
watches_and_drains() {
  local unit
  for unit in preemptd.service preemptd-drain.path preemptd-shutdown.service; do
    eventually 20 is $unit ActiveState active
    systemctl --quiet is-enabled $unit
  done
  printf '#!/bin/sh\necho "$1" >>/case/ran\n' | hook 10-mine
  reclaim --notice-seconds 300
  eventually 20 drain_is_over
  [ "$(paste -sd, /case/ran)" = drain ]
}
# without_preemptd: the node as it was before its installation; the cloud of the test goes on.
without_preemptd() {
  install -m 0755 /usr/bin/preempt-sim /usr/local/bin/preempt-sim
  dpkg --purge preemptd
  mkdir -p /etc/preemptd/conf.d /etc/preemptd/hooks.d
  cp /system/root/conf.toml /etc/preemptd/conf.d/test.toml
}
watching() { is preemptd.service ActiveState active; }

(
  set -eE
  trap 'echo "FAILED: line $LINENO of $BASH_SOURCE: $BASH_COMMAND" >&2' ERR
  . /case.sh
  "boot_$boot"
)
echo $? >"/case/code.$boot"
journalctl --no-pager -o short-precise -u 'preemptd*' >"/case/journal.$boot" 2>&1
sync
