# Metadata that insists on tokens, and an API that refuses everything: the one works, the other is said, and the drain comes.
boot_1() {
  mkdir -p /run/systemd/system/cloud.service.d
  printf '[Service]\nEnvironment=CLOUD_OPTIONS=--hardened\n' >/run/systemd/system/cloud.service.d/test.conf
  systemctl daemon-reload
  systemctl restart cloud.service
  eventually 10 preempt-sim fault --admin $admin --target api --kind status --value 403
  systemctl restart preemptd.service
  eventually 20 watching
  eventually 10 sh -c 'journalctl -u preemptd.service | grep source.trouble'
  hook 10-any <<'HOOK'
#!/bin/sh
true
HOOK
  reclaim --notice-seconds 60
  eventually 10 drain_is_over
  record '.notice.sources | index("metadata")'
}
