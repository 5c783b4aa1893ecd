# Removing the package in the middle of a drain: the drain goes on to its end.
boot_1() {
  eventually 20 watching
  hook 10-long <<'HOOK'
#!/bin/sh
sleep 4
HOOK
  reclaim --notice-seconds 120
  eventually 10 is preemptd-drain.service ActiveState active
  sleep 0.5
  dpkg --remove preemptd
  no drain_is_over
  eventually 15 drain_is_over
  record '.hooks[0].outcome == "ok"'
}
