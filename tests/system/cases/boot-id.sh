# Watcher and drainer go by one boot id, although the watcher's sandbox has a /proc of its own, which in a container shows
# the host's: so the drain goes by the deadline that the watcher worked out on the boot clock, as on every machine.
boot_1() {
  eventually 20 watching
  hook 10-nothing <<'HOOK'
#!/bin/sh
true
HOOK
  reclaim --notice-seconds 60
  eventually 10 test -e /run/preemptd/notice.json
  [ "$(jq -r .boot_id /run/preemptd/notice.json)" = "$(cat /proc/sys/kernel/random/boot_id)" ]
  eventually 20 drain_is_over
  [ "$(jq -r .boot_id /run/preemptd/identity.json)" = "$(cat /proc/sys/kernel/random/boot_id)" ]
}
