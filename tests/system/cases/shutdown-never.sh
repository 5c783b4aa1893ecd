# drain.on_shutdown = "never": a shutdown waits for nothing, and the drain goes on after the boot.
boot_1() {
  printf '[drain]\non_shutdown = "never"\n' >/etc/preemptd/conf.d/zz-shutdown.toml
  eventually 20 watching
  hook 10-first <<'HOOK'
#!/bin/sh
echo first >>/case/ran
HOOK
  hook 20-long <<'HOOK'
#!/bin/sh
echo "long $PREEMPT_ATTEMPT" >>/case/ran
[ "$PREEMPT_ATTEMPT" -gt 1 ] || sleep 60
HOOK
  reclaim --notice-seconds 120
  preempt-sim state --admin $admin >/dev/null
  eventually 10 grep long /case/ran
  date +%s >/case/shutdown-begun
  leave poweroff
}

boot_2() {
  [ $(($(stat -c %Y /case/boot) - $(cat /case/shutdown-begun))) -lt 20 ]
  eventually 30 drain_is_over
  [ "$(paste -sd, /case/ran)" = "first,long 1,long 2" ]
  record '[.hooks[] | select(.result.outcome == "ok")] | length == 2'
}
