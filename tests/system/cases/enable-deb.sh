# Installed with dpkg in a running system, as docs/start says: nothing else to do.
boot_1() {
  without_preemptd
  dpkg -i /packages/preemptd_*.deb
  watches_and_drains
}
