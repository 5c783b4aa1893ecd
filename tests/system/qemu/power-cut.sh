# The power goes in the middle of a drain, and comes back inside the window: what had finished does not run again, what had not does.
boot_1() {
  eventually 120 watching
  hook 10-first <<'HOOK'
#!/bin/sh
echo first >>/case/ran
sync /case/ran
HOOK
  hook 20-second <<'HOOK'
#!/bin/sh
echo "second $PREEMPT_ATTEMPT" >>/case/ran
sync /case/ran
[ "$PREEMPT_ATTEMPT" -gt 1 ] || sleep 600
HOOK
  reclaim --notice-seconds 900
  eventually 60 grep second /case/ran
  # The drainer syncs the journal beside the hooks; give it what a healthy disk needs.
  sleep 3
  echo 0 >/case/code.1
  sync /case/code.1
  echo CUT-THE-POWER >/dev/console
  sleep 600
}

boot_2() {
  eventually 240 drain_is_over
  [ "$(paste -sd, /case/ran)" = "first,second 1,second 2" ]
  record '[.hooks[] | select(.result.outcome == "ok")] | length == 2'
}
