# Installed with dpkg in a running system, as the first page says: nothing else to do, and a rehearsal works. The former package of the
# simulator makes room.
former_simulator() {
  mkdir -p /tmp/former/DEBIAN /tmp/former/usr/bin
  printf '%s\n' 'Package: preempt-sim' 'Version: 0.1.0' 'Architecture: all' 'Maintainer: test <test@example.org>' 'Description: as it was' \
    >/tmp/former/DEBIAN/control
  echo old >/tmp/former/usr/bin/preempt-sim
  dpkg-deb --root-owner-group -b /tmp/former /tmp/former.deb
  dpkg -i /tmp/former.deb
}

boot_1() {
  without_preemptd
  former_simulator
  dpkg -i /packages/preemptd_*.deb
  no dpkg -s preempt-sim
  watches_and_drains
  /usr/bin/preempt-sim --version
  preemptctl rehearse --notice 300s --speed 5 --hooks /usr/share/preemptd/hooks/example
}
