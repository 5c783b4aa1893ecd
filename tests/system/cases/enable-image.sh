# packaging/image/bake.sh in the machine that becomes the image, as Packer runs it; the node of that image drains.
boot_1() {
  if ! command -v apt-get >/dev/null; then echo "SKIP the bake: no apt-get here"; return; fi
  eventually 20 watching
  without_preemptd
  mkdir -p /tmp/bake/packages
  cp /packages/*.deb /tmp/bake/packages/
  cp /packaging/image/bake.sh /tmp/bake/
  # The commands of the Packer file are these.
  grep -qF '"sh /tmp/bake/bake.sh /tmp/bake/packages"' /packaging/image/preemptd.pkr.hcl
  sh /tmp/bake/bake.sh /tmp/bake/packages
  no is preemptd.service ActiveState active
  leave reboot
}

boot_2() { watches_and_drains; }
