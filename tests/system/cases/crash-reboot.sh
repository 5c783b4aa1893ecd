# The machine is reset in the middle of a drain: after the boot it goes on, and what had finished does not run again.
boot_1() {
  eventually 20 watching
  hook 10-first <<'HOOK'
#!/bin/sh
echo first >>/case/ran
HOOK
  hook 20-second <<'HOOK'
#!/bin/sh
echo "second $PREEMPT_ATTEMPT" >>/case/ran
sleep 5
HOOK
  reclaim --notice-seconds 120
  preempt-sim state --admin $admin >/case/state
  eventually 10 grep second /case/ran
  sleep 0.5
  sync
  echo 0 >/case/code.1
  systemctl --force --force reboot
}

boot_2() {
  eventually 30 drain_is_over
  [ "$(paste -sd, /case/ran)" = "first,second 1,second 2" ]
  record '[.hooks[] | select(.result.outcome == "ok")] | length == 2'
}
