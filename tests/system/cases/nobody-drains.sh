# A node whose path unit is stopped or whose drain service is masked would see a reclaim in vain: the watcher says so by
# itself, everywhere, with the command that helps, and takes it back when it is put right.
# limit: 200
says_nobody_drains() { ! preemptctl status >/case/status && grep -q "$1" /case/status; }
healthy() { preemptctl status; }

boot_1() {
  eventually 20 healthy
  [ "$(jq -r .drain_started_by /run/preemptd/status.json)" = systemd ]
  systemctl stop preemptd-drain.path
  eventually 45 says_nobody_drains 'systemctl enable --now preemptd-drain.path'
  [ "$(jq -r .drain_started_by /run/preemptd/status.json)" = nobody ]
  preemptctl doctor >/case/doctor || true
  grep 'preemptd-drain.path is not active' /case/doctor
  systemctl start preemptd-drain.path
  eventually 45 healthy

  systemctl mask --runtime preemptd-drain.service
  eventually 45 says_nobody_drains 'systemctl unmask preemptd-drain.service'
  systemctl unmask --runtime preemptd-drain.service
  eventually 45 healthy
  journalctl -o cat PREEMPTD_EVENT=feature.lost | grep 'preemptd-drain.path is not active'
}
