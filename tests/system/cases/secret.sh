# A signing secret by LoadCredential=: the watcher signs with it, and it shows nowhere.
boot_1() {
  local secret=whsec_c2VjcmV0LXRoYXQtbXVzdC1ub3Qtc2hvdy1hbnl3aGVyZQ==
  mkdir -p /etc/preemptd/credentials /etc/systemd/system/preemptd.service.d
  chmod 700 /etc/preemptd/credentials
  echo $secret >/etc/preemptd/credentials/webhook
  chmod 600 /etc/preemptd/credentials/webhook
  printf '[Service]\nLoadCredential=webhook:/etc/preemptd/credentials/webhook\n' >/etc/systemd/system/preemptd.service.d/secret.conf
  printf '[sink.test]\nsecret_file = "/run/credentials/preemptd.service/webhook"\n' >/etc/preemptd/conf.d/zz-secret.toml
  systemctl daemon-reload
  systemctl restart preemptd.service
  eventually 10 watching
  hook 10-look <<'HOOK'
#!/bin/sh
env
HOOK
  reclaim --notice-seconds 60
  eventually 10 reported preemptd.drain.finished
  grep -qi '"webhook-signature": "v1,' /case/reports
  no grep -r c2VjcmV0LXRoYXQ /var/lib/preemptd /run/preemptd /case/reports
  no sh -c 'journalctl --no-pager | grep c2VjcmV0LXRoYXQ'
  no sh -c 'preemptctl config show | grep c2VjcmV0LXRoYXQ'
}
