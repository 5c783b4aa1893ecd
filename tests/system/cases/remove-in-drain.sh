# Removing the package in the middle of a drain: the drain goes on to its end.
boot_1() {
  eventually 20 watching
  hook 10-long <<'HOOK'
#!/bin/sh
until [ -e /run/go-on ]; do sleep 0.1; done
HOOK
  reclaim --notice-seconds 120
  eventually 10 is preemptd-drain.service ActiveState active
  sleep 0.5
  dpkg --remove preemptd
  no drain_is_over
  is preemptd-drain.service ActiveState active
  touch /run/go-on
  eventually 15 drain_is_over
  record '.hooks[0].result.outcome == "ok"'
}
