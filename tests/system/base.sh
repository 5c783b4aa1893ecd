#!/bin/bash
# Makes what all cases boot from: BASE/layer.tar, what lies over this machine's root once the package is installed there, as in
# an image bake: with no systemd running. Where nspawn cannot boot, BASE/skip says why.
#   base.sh BASE PACKAGE...      .deb packages are installed, others lie ready in /packages; PREEMPTD_ROOT: another root than this machine's (distributions.sh)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
base=$(readlink -f "$1")
shift
rm -f "$base/skip"

skip() { echo "SKIP: $*"; echo "$*" >"$base/skip"; exit 77; }
[ "$(id -u)" = 0 ] || skip "system tests need root"
for tool in systemd-nspawn unshare dpkg; do
  command -v $tool >/dev/null || skip "$tool is not installed"
done

if [ -z "${PREEMPTD_SYSTEM_TEST:-}" ]; then
  unshare --mount --propagation private true 2>/dev/null || skip "this machine does not allow mount namespaces"
  exec env PREEMPTD_SYSTEM_TEST=1 unshare --mount --propagation private "$0" "$base" "$@"
fi

layer=$(mktemp -d "$base/layer.XXXXXX")
trap 'umount -l "$layer" 2>/dev/null; rmdir "$layer"' EXIT
mount -t tmpfs -o size=1g,mode=755 layer "$layer"
mkdir "$layer"/{up,work,root}
root=$layer/root
mount -t overlay overlay -o "lowerdir=${PREEMPTD_ROOT:-/},upperdir=$layer/up,workdir=$layer/work" "$root" || skip "overlay file systems cannot be mounted here"
system=$root/etc/systemd/system

# A plain node: none of what else this machine starts or preemptd left here, no network of its own.
: >"$root/etc/machine-id"
rm -rf "$root/etc/fstab" "$root/etc/resolv.conf" "$system"/*.target.wants "$system"/*.timer "$root"/etc/rc?.d "$root/var/log/journal" \
  "$root/usr/sbin/policy-rc.d" "$root/var/lib/preemptd"
for unit in systemd-networkd systemd-resolved systemd-timesyncd systemd-firstboot getty@tty1 console-getty; do
  ln -sfn /dev/null "$system/$unit.service"
done
ln -sfn /lib/systemd/system/multi-user.target "$system/default.target"

mkdir -p "$system/multi-user.target.wants" "$system/network-online.target.wants"
cp "$here"/root/*.service "$system/"
ln -sfn ../case.service "$system/multi-user.target.wants/case.service"
ln -sfn ../cloud.service "$system/multi-user.target.wants/cloud.service"
ln -sfn ../receiver.service "$system/multi-user.target.wants/receiver.service"
mkdir -p "$root/etc/preemptd/conf.d"
cp "$here/root/conf.toml" "$root/etc/preemptd/conf.d/test.toml"
mkdir -p "$root/packages"
cp "$@" "$root/packages/"

if ! chroot "$root" sh -c 'dpkg -i /packages/*.deb' >"$base/install.log" 2>&1; then
  cat "$base/install.log"
  exit 1
fi
umount -l "$root"
tar -C "$layer/up" --xattrs --xattrs-include='trusted.overlay.*' -cf "$base/layer.tar" .
