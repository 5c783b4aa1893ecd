# A notice that is older than the path unit is found, and a finished drain is not begun again whatever is restarted.
starts() { journalctl -o cat -t hook-count 2>/dev/null | grep -c started; }

boot_1() {
  eventually 20 watching
  hook 10-count <<'HOOK'
#!/bin/sh
logger -t hook-count started
HOOK
  systemctl stop preemptd-drain.path
  reclaim --notice-seconds 120
  eventually 10 test -e /run/preemptd/notice.json
  sleep 0.5
  is preemptd-drain.service ActiveState inactive
  systemctl start preemptd-drain.path
  eventually 10 drain_is_over

  systemctl restart preemptd-drain.path
  systemctl start preemptd-drain.service
  systemctl restart preemptd.service
  eventually 10 watching
  touch /run/preemptd/notice.json
  sleep 1
  [ "$(starts)" = 1 ]
  [ "$(drains)" = 1 ]
  is preemptd-drain.path ActiveState active
}
