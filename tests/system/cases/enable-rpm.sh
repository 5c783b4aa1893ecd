# The .rpm: its message says what to type, and that is enough.
boot_1() {
  if ! command -v rpm >/dev/null || ! ls /packages/preemptd-*.rpm; then echo "SKIP the .rpm in a running system: no rpm here"; return; fi
  eventually 20 watching
  without_preemptd
  rpm -i --nodeps /packages/preemptd-[0-9]*.rpm | tee /case/message
  no is preemptd.service ActiveState active
  local command
  command=$(sed -n 's/^preemptd: .*with: //p' /case/message)
  [ "$command" = "systemctl enable --now preemptd.service preemptd-drain.path preemptd-shutdown.service" ]
  $command
  watches_and_drains
}
