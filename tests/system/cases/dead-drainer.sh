# kill -9 of the drainer: it goes on at the first unfinished step; finished hooks do not run again.
boot_1() {
  eventually 20 watching
  hook 10-first <<'HOOK'
#!/bin/sh
logger -t hooks first
HOOK
  hook 20-second <<'HOOK'
#!/bin/sh
logger -t hooks "second $PREEMPT_ATTEMPT"
sleep 3
HOOK
  reclaim --notice-seconds 120
  for attempt in 1 2; do
    eventually 10 sh -c "journalctl -t hooks | grep 'second $attempt'"
    systemctl kill --kill-who=main --signal=KILL preemptd-drain.service
  done
  eventually 20 drain_is_over
  [ "$(journalctl -o cat -t hooks | grep -c first)" = 1 ]
  no pgrep -f 'sleep 3'
  record '[.hooks[] | select(.result.outcome == "ok")] | length == 2'
}
