# The package in a running system: installed, it watches; reinstalled or upgraded, it still does and keeps what was configured;
# removed, it keeps that; purged, it leaves nothing.
owner_and_mode() { stat -c '%U:%G %a' "$1"; }

boot_1() {
  eventually 20 watching
  is preemptd-drain.path ActiveState active
  is preemptd-shutdown.service ActiveState active
  is preemptd-drain.service Result success
  is preemptd-drain.service ActiveState inactive
  [ "$(owner_and_mode /var/lib/preemptd)" = "root:root 755" ]
  [ "$(owner_and_mode /var/lib/preemptd/drains)" = "root:preemptd 2751" ]
  [ "$(owner_and_mode /var/lib/preemptd/outbox)" = "preemptd:preemptd 750" ]
  [ "$(owner_and_mode /run/preemptd)" = "preemptd:preemptd 2755" ]
  [ "$(ps -o user= -p "$(systemctl show -P MainPID preemptd.service)")" = preemptd ]
  preemptctl status
  systemd-analyze verify --man=no preemptd.service preemptd-drain.path preemptd-drain.service preemptd-shutdown.service
  if systemd-analyze --help | grep -q -e --offline; then  # systemd 250 and later
    systemd-analyze security --offline=true --threshold=13 --no-pager preemptd.service >/case/exposure
  fi

  echo "# kept" >>/etc/preemptd/preemptd.toml
  local before
  before=$(systemctl show -P MainPID preemptd.service)
  dpkg -i /packages/preemptd_*.deb
  grep -q "# kept" /etc/preemptd/preemptd.toml
  eventually 10 watching
  [ "$(systemctl show -P MainPID preemptd.service)" != "$before" ]

  # The next release: the watcher is the new one, the settings are the old ones, what was disabled stays so, and a folder's mode
  # is the new release's.
  systemctl disable preemptd-shutdown.service
  chmod 2750 /var/lib/preemptd/drains
  dpkg-deb -R /packages/preemptd_*.deb /tmp/tree
  sed -i 's/^Version: .*/&+2/' /tmp/tree/DEBIAN/control
  dpkg-deb --root-owner-group -b /tmp/tree /tmp/next.deb
  before=$(systemctl show -P MainPID preemptd.service)
  dpkg -i /tmp/next.deb
  eventually 10 watching
  [ "$(systemctl show -P MainPID preemptd.service)" != "$before" ]
  grep -q "# kept" /etc/preemptd/preemptd.toml
  no systemctl --quiet is-enabled preemptd-shutdown.service
  [ "$(owner_and_mode /var/lib/preemptd/drains)" = "root:preemptd 2751" ]

  dpkg --remove preemptd
  no is preemptd.service ActiveState active
  no is preemptd-drain.path ActiveState active
  grep -q "# kept" /etc/preemptd/preemptd.toml
  dpkg --purge preemptd
  no is preemptd.service ActiveState active
  no getent passwd preemptd
  no sh -c "find /etc /usr /var/lib /run -xdev -path /run/systemd -prune -o -name '*preemptd*' -print | grep ."
}
