# From the metadata service's answer to a drained node: hooks run as root with full rights or as the user they name, reports leave, the record stays.
boot_1() {
  eventually 20 watching
  hook 10-rights <<'HOOK'
#!/bin/sh
set -e
id -u
touch /usr/made-by-the-hook /root/made-by-the-hook
mount -t tmpfs none /mnt
ip link set lo up
systemctl stop receiver-of-nothing.service 2>/dev/null || true
systemd-run --quiet --wait true
su -s /bin/sh nobody -c true
cat /proc/self/status | grep -E '^(NoNewPrivs|Seccomp|CapEff)'
HOOK
  hook 20-second <<'HOOK'
#!/bin/sh
echo "second, $PREEMPT_SECONDS_LEFT seconds left"
HOOK
  hook 30-of-another-user <<'HOOK'
#!/bin/sh
# preemptd: user=nobody
id -un >"$PREEMPT_STATE_DIR/kept"
HOOK
  reclaim --notice-seconds 60
  eventually 20 drain_is_over
  record '[.hooks[] | select(.result.outcome == "ok")] | length == 3'
  [ "$(cat /var/lib/preemptd/drains/*/hooks/30-of-another-user/kept)" = nobody ]
  eventually 10 reported preemptd.drain.finished
  eventually 10 is preemptd-drain.service ActiveState inactive
  [ -e /usr/made-by-the-hook ]
  su -s /bin/sh preemptd -c 'test -r /run/preemptd/drain/journal'  # what the watcher reads where the disk is full
  journalctl -o cat -t preempt-drain | grep 'second, .* seconds left'
}
