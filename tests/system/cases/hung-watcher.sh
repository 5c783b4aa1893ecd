# A watcher that hangs is killed by its watchdog and started again; one that crashes fifty times in a row is still there.
crashes() { systemctl show -P NRestarts preemptd.service; }

boot_1() {
  mkdir -p /run/systemd/system/preemptd.service.d
  printf '[Service]\nWatchdogSec=2s\nRestartSec=20ms\n' >/run/systemd/system/preemptd.service.d/test.conf
  systemctl daemon-reload
  systemctl restart preemptd.service
  eventually 10 watching
  systemctl kill --signal=STOP preemptd.service
  eventually 8 sh -c 'journalctl -u preemptd.service | grep -i watchdog'
  eventually 5 watching

  local before goal
  before=$(crashes)
  goal=$((before + 50))
  while [ "$(crashes)" -lt $goal ]; do
    systemctl kill --signal=KILL preemptd.service 2>/dev/null || true
    sleep 0.05
  done
  eventually 10 watching
  hook 10-still-there <<'HOOK'
#!/bin/sh
true
HOOK
  reclaim --notice-seconds 60
  eventually 10 drain_is_over
}
