# reload, restart, stop and kill -9 of the watcher, an upgrade, and stop of the drain itself: a running drain does not notice.
boot_1() {
  eventually 20 watching
  hook 10-long <<'HOOK'
#!/bin/sh
logger -t hook-long "begun $$"
until [ -e /run/go-on ]; do sleep 0.1; done
logger -t hook-long ended
HOOK
  reclaim --notice-seconds 120
  eventually 10 is preemptd-drain.service ActiveState active
  eventually 5 sh -c 'journalctl -t hook-long | grep begun'
  local drainer
  drainer=$(systemctl show -P MainPID preemptd-drain.service)

  systemctl reload preemptd.service
  systemctl restart preemptd.service
  systemctl kill --signal=KILL preemptd.service
  eventually 5 watching
  dpkg -i /packages/preemptd_*.deb
  systemctl daemon-reload
  systemctl stop preemptd.service
  systemctl --no-block stop preemptd-drain.service
  sleep 0.5
  [ "$(systemctl show -P MainPID preemptd-drain.service)" = "$drainer" ]
  systemctl start preemptd.service
  no drain_is_over
  touch /run/go-on

  eventually 20 drain_is_over
  record '.hooks[0] | .result.outcome == "ok" and .attempts == 1'
  [ "$(journalctl -o cat -t hook-long | tr -d '0-9' | paste -sd,)" = "begun ,ended" ]
  eventually 10 reported preemptd.drain.finished
}
