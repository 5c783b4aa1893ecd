# A shutdown drains a node that never learned which instance it is. What it left could have come with an image, so the next boot leaves
# it alone and says so; an operator takes the drain back.
boot_1() {
  mkdir -p /etc/systemd/system/preemptd.service.d
  # As in shutdown-always: with a boot id of the container's own.
  printf '[Service]\nProtectProc=default\nProtectKernelTunables=no\nProtectKernelLogs=no\nProtectHostname=no\nPrivateUsers=no\nProtectControlGroups=no\n' >/etc/systemd/system/preemptd.service.d/boot-id.conf
  printf '[drain]\non_shutdown = "always"\n' >/etc/preemptd/conf.d/zz-shutdown.toml
  hook 10-both <<'HOOK'
#!/bin/sh
echo "$1 $PREEMPT_SOURCE" >>/case/ran
HOOK
  systemctl daemon-reload
  systemctl stop cloud.service preemptd.service
  rm -f /run/preemptd/*.json
  systemctl start preemptd.service
  eventually 20 watching
  no [ -e /run/preemptd/identity.json ]
  leave reboot
}

boot_2() {
  eventually 40 sh -c 'journalctl -u preemptd | grep "notice.forgotten.*preemptctl undo takes its drain back"'
  no [ -e /run/preemptd/notice.json ]
  [ "$(cat /case/ran)" = "drain shutdown" ]
  preemptctl undo --yes
  [ "$(paste -sd, /case/ran)" = "drain shutdown,undo shutdown" ]
  record '.notice.id | startswith("this-node-shutdown-")'
  eventually 10 record '.state == "undone"'
}
