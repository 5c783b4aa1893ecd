# The machine is shut down inside the window, and a hook stops a unit that systemd has a stop in line for, behind the drain: the
# hook waits for its unit, not for that stop.
boot_1() {
  workload app
  eventually 20 watching
  echo UNITS=app.service >/etc/preemptd/hooks.conf.d/systemd-units.conf
  preemptctl hooks enable systemd-units
  hook 10-until-shutdown <<'HOOK'
#!/bin/sh
until systemctl list-jobs --no-legend app.service | grep -q stop; do sleep 0.1; done
systemctl is-system-running >/case/system || : # 1 for all but "running"
HOOK
  hook 90-last <<'HOOK'
#!/bin/sh
systemctl show -P ActiveState app.service >/case/app
date +%s.%N >/case/last-hook-began
HOOK
  reclaim --notice-seconds 120
  eventually 10 is preemptd-drain.service ActiveState active
  leave poweroff
}

boot_2() {
  eventually 20 watching
  [ "$(cat /case/system)" = stopping ]
  record '[.hooks[] | select(.result.outcome == "ok" and .attempts == 1)] | length == 3'
  record '.hooks[] | select(.name == "50-systemd-units") | .result.took_ms < 5000 and (.stdout.tail | contains("app.service stopped"))'
  [ "$(cat /case/app)" = inactive ]
  awk '{ at[NR] = $1 } END { exit !(at[1] <= at[2]) }' /case/app-stopped /case/last-hook-began
  reported preemptd.drain.finished
}
