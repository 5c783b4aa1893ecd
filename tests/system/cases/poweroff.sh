# The machine is shut down inside the window: the drain gets its time, the workload stops after it, then the watcher.
boot_1() {
  workload workload
  eventually 20 watching
  hook 10-long <<'HOOK'
#!/bin/sh
sleep 6
systemctl show -P ActiveState workload.service >/case/workload
date +%s.%N >/case/hook-ended
HOOK
  reclaim --notice-seconds 120
  eventually 10 is preemptd-drain.service ActiveState active
  date +%s.%N >/case/shutdown-begun
  leave poweroff
}

boot_2() {
  eventually 20 watching
  [ "$(cat /case/workload)" = active ]
  awk '{ at[NR] = $1 } END { exit !(at[2] - at[1] > 4 && at[3] >= at[2]) }' \
    /case/shutdown-begun /case/hook-ended /case/workload-stopped
  record '.hooks[0] | .result.outcome == "ok" and .attempts == 1'
  reported preemptd.drain.finished
}
