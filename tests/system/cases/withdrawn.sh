# A notice that is taken back after the drain: the hooks undo what they did, though the path unit and the service were done.
boot_1() {
  eventually 20 watching
  hook 10-both <<'HOOK'
#!/bin/sh
logger -t hooks "$1"
HOOK
  reclaim --notice-seconds 120
  eventually 10 drain_is_over
  eventually 10 reported preemptd.drain.finished
  preempt-sim withdraw --admin $admin
  eventually 60 reported preemptd.undo.finished
  [ "$(journalctl -o cat -t hooks | paste -sd,)" = drain,undo ]
  record '.state == "undone"'
}
