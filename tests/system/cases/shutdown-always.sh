# drain.on_shutdown = "always": a reboot without any notice drains the node first, and the node undoes that after the boot.
# Stopping the unit by hand is no shutdown.
boot_1() {
  # nspawn gives a container its own boot id by a mount that some of the sandbox hides: the watcher would take the host's.
  mkdir -p /etc/systemd/system/preemptd.service.d
  printf '[Service]\nProtectProc=default\nProtectKernelTunables=no\nProtectKernelLogs=no\nProtectHostname=no\nPrivateUsers=no\nProtectControlGroups=no\n' >/etc/systemd/system/preemptd.service.d/boot-id.conf
  systemctl daemon-reload
  systemctl restart preemptd.service
  eventually 20 watching
  eventually 20 [ -e /run/preemptd/identity.json ]
  hook 10-both <<'HOOK'
#!/bin/sh
echo "$1 $PREEMPT_SOURCE" >>/case/ran
HOOK
  systemctl restart preemptd-shutdown.service
  no [ -e /run/preemptd/notice.json ]
  printf '[drain]\non_shutdown = "always"\n' >/etc/preemptd/conf.d/zz-shutdown.toml
  systemctl restart preemptd-shutdown.service
  no [ -e /run/preemptd/notice.json ]
  leave reboot
}

boot_2() {
  eventually 40 grep undo /case/ran
  [ "$(paste -sd, /case/ran)" = "drain shutdown,undo shutdown" ]
  record '.notice.sources == ["shutdown"] and (.hooks[0].result.outcome == "ok")'
  eventually 10 reported preemptd.undo.finished
  eventually 10 record '.state == "undone"'
}
