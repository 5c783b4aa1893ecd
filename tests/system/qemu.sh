#!/bin/bash
# Cases in a real machine's stead, under qemu without acceleration: a reset and a power-off in the window, a power cut, a clock that is
# set. Not part of tests/run.sh: a boot takes half a minute and more. Needs the portable package, root and a Debian root
# of distributions.sh; installs qemu itself.
#   tests/system/qemu.sh [--roots FOLDER] [CASE.sh...]        default: cases/{crash-reboot,poweroff,shutdown-always}.sh qemu/*.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
roots=$top/build/roots
limit=${LIMIT:-900} # seconds, of one boot
if [ "${1:-}" = --roots ]; then roots=$2 && shift 2; fi
cases=("$@")
[ $# -gt 0 ] || cases=("$here"/cases/{crash-reboot,poweroff,shutdown-always}.sh "$here"/qemu/*.sh)
packages=$top/build/packages/portable-x86_64
[ -e "$roots/bookworm/made" ] || { echo "qemu.sh: first tests/system/distributions.sh bookworm" >&2; exit 1; }
"$top/packaging/dependencies.sh" heavy
work=$(mktemp -d "$top/build/qemu.XXXXXX")
machine=
trap '[ -z "$machine" ] || kill -9 "$machine" 2>/dev/null; rm -rf "$work"' EXIT

# A kernel with its disk driver, and an initrd that mounts the disk; both out of packages, nothing is installed here.
kernel() {
  mkdir -p "$work/kernel" "$work/initrd"/{bin,dev,proc,root}
  local image
  image=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
  (cd "$work/kernel" && apt-get -qq download "$image" busybox-static)
  for deb in "$work"/kernel/*.deb; do dpkg-deb -x "$deb" "$work/kernel"; done
  cp "$work"/kernel/bin/busybox "$work/initrd/bin/" 2>/dev/null || cp "$work"/kernel/usr/bin/busybox "$work/initrd/bin/"
  for module in virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk; do
    find "$work/kernel/lib/modules" -name "$module.ko" -exec cp {} "$work/initrd/" \;
  done
  cat >"$work/initrd/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for try in 1 2 3; do for module in /*.ko; do /bin/busybox insmod $module 2>/dev/null; done; done
for try in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/vda ] && break; /bin/busybox sleep 1; done
/bin/busybox mount -t ext4 /dev/vda /root || /bin/busybox poweroff -f
exec /bin/busybox switch_root /root /lib/systemd/systemd
INIT
  ln -s busybox "$work/initrd/bin/sh"
  sed -i '1s|.*|#!/bin/sh|' "$work/initrd/init"
  chmod 755 "$work/initrd/init"
  (cd "$work/initrd" && find . | cpio --quiet -o -H newc | gzip -1) >"$work/initrd.gz"
}

# disk CASE: a root with the package, the case and the words it uses; as base.sh and boot.sh lay it out
disk() {
  local tree=$work/tree
  rm -rf "$tree" && cp -a "$roots/bookworm" "$tree"
  mkdir -p "$tree/packages" "$tree/case" "$tree/system" "$tree/etc/preemptd/conf.d"
  cp "$packages"/preemptd_*.deb "$tree/packages/"
  cp "$here"/root/conf.toml "$tree/etc/preemptd/conf.d/test.toml"
  cp "$here"/inside.sh "$here"/receiver.py "$tree/system/"
  cp "$1" "$tree/case.sh"
  chroot "$tree" sh -c 'dpkg -i /packages/*.deb' >"$work/install.log" 2>&1
  : >"$tree/etc/machine-id"
  local system=$tree/etc/systemd/system
  cp "$here"/root/*.service "$system/"
  mkdir -p "$system/multi-user.target.wants" "$system/case.service.d"
  for unit in case cloud receiver; do ln -sfn "../$unit.service" "$system/multi-user.target.wants/$unit.service"; done
  ln -sfn /lib/systemd/system/multi-user.target "$system/default.target"
  for unit in systemd-networkd systemd-resolved systemd-timesyncd systemd-firstboot getty@tty1 serial-getty@ttyS0; do
    ln -sfn /dev/null "$system/$unit.service"
  done
  printf '[Service]\nEnvironment=PATIENCE=10\nExecStartPre=/bin/sh -c "echo $$(($$(cat /case/boot 2>/dev/null || echo 0) + 1)) >/case/boot"\n' \
    >"$system/case.service.d/count.conf"
  echo '/dev/vda / ext4 rw 0 1' >"$tree/etc/fstab"
  rm -f "$work/disk" && mkfs.ext4 -q -F -d "$tree" "$work/disk" 1500M
}
on_disk() { debugfs -R "cat /case/$1" "$work/disk" 2>/dev/null; }

# Runs until the machine is off. A case that wants the power cut says so on the console.
power_on() {
  local console=$work/console.$1 end=$((SECONDS + limit))
  qemu-system-x86_64 -accel tcg,thread=multi -smp 2 -m 1024 -cpu max -display none -monitor none -serial "file:$console" -nic none \
    -kernel "$(find "$work/kernel/boot" -name 'vmlinuz-*' | head -1)" -initrd "$work/initrd.gz" -drive "file=$work/disk,if=virtio,format=raw" \
    -append 'console=ttyS0 quiet panic=-1' &
  machine=$!
  while kill -0 $machine 2>/dev/null; do
    if grep -q CUT-THE-POWER "$console" 2>/dev/null; then kill -9 $machine && break; fi
    if [ $SECONDS -ge $end ]; then echo "still on after $limit s" && kill -9 $machine && break; fi
    sleep 0.5
  done
  wait $machine 2>/dev/null || true
  machine=
}

run_case() {
  rm -f "$work"/console.*
  local number=0 boots
  boots=$(grep -c '^boot_[0-9]*()' "$1")
  disk "$1"
  while [ "$(on_disk boot || true)" != "$boots" ] && [ $number -lt "$boots" ]; do
    number=$((number + 1))
    power_on $number
    e2fsck -fp "$work/disk" >/dev/null 2>&1 || true # replays the journal, as the next boot does
    [ "$(on_disk "code.$(on_disk boot)")" = 0 ] || break
  done
  [ "$(on_disk boot)" = "$boots" ] && [ "$(on_disk "code.$boots")" = 0 ] && return
  on_disk output
  on_disk "journal.$(on_disk boot)" | tail -n 60
  tail -n 20 "$work"/console.*
  return 1
}

kernel
passed=0 failed=0
for case in "${cases[@]}"; do
  begin=$SECONDS
  if run_case "$case" >"$work/said" 2>&1; then
    passed=$((passed + 1)) && echo "ok: $(basename "$case" .sh), $((SECONDS - begin)) s"
  else
    failed=$((failed + 1)) && echo "FAILED: $(basename "$case" .sh)" && cat "$work/said"
  fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
