# The clock is set forward by an hour and then back by two in the middle of a drain: the hook keeps the time it was given.
boot_1() {
  eventually 120 watching
  hook 10-long <<'HOOK'
#!/bin/sh
until [ -e /run/go-on ]; do sleep 0.2; done
HOOK
  reclaim --notice-seconds 300
  eventually 60 is preemptd-drain.service ActiveState active
  local deadline
  deadline=$(jq .deadline_boot_ms /run/preemptd/notice.json)
  for step in '+1 hour' '-2 hours'; do
    date -s "$(date -d "$step" '+%F %T')"
    sleep 15
    watching
    no drain_is_over
    local now
    now=$(jq .deadline_boot_ms /run/preemptd/notice.json)
    [ $((now > deadline ? now - deadline : deadline - now)) -lt 30000 ]
  done
  touch /run/go-on
  eventually 60 drain_is_over
  record '.hooks[0] | .result.outcome == "ok" and .attempts == 1'
  [ "$(drains)" = 1 ]
}
