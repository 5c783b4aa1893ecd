#!/bin/bash
# The arm64 programs under qemu-user: each says its version, and a whole rehearsal passes with watcher, drainer and simulator of that
# architecture over Debian 11's C library. Needs root and packaging/package.sh --portable --arch aarch64; installs qemu-user.
#   tests/system/arm64.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
packages=$top/build/packages/portable-aarch64
sysroot=$top/build/portable/aarch64/sysroot
[ -e "$sysroot/lib" ] && ls "$packages"/*.deb >/dev/null ||
  { echo "arm64.sh: first packaging/package.sh --portable --arch aarch64" >&2; exit 1; }
if [ -z "${PREEMPTD_ARM64:-}" ]; then
  "$top/packaging/dependencies.sh" heavy
  exec env PREEMPTD_ARM64=1 unshare --mount --propagation private "$0"
fi

root=$(mktemp -d "$top/build/arm64.XXXXXX")
format=preemptd-aarch64
binfmt=/proc/sys/fs/binfmt_misc
clean_up() {
  [ ! -e $binfmt/$format ] || echo -1 >$binfmt/$format
  umount -l "$root/proc" "$root/dev" 2>/dev/null || true
  rm -rf "$root"
}
trap clean_up EXIT

# The programs, their C library, and a shell for hooks, which runs natively.
mkdir -p "$root"/{bin,dev,proc,tmp,etc,opt/hooks}
cp -a "$sysroot/lib" "$root/"
for deb in "$packages"/*.deb; do dpkg-deb -x "$deb" "$root"; done
(cd "$root/tmp" && apt-get -qq download busybox-static && dpkg-deb -x busybox-static_*.deb .)
find "$root/tmp" -path '*/bin/busybox' -type f -exec cp {} "$root/bin/sh" \;
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
printf '#!/bin/sh\necho "saved with $PREEMPT_SECONDS_LEFT seconds left"\n' >"$root/opt/hooks/10-save"
chmod 755 "$root/opt/hooks/10-save"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"

# F: qemu is opened now, from outside of the root.
mountpoint -q $binfmt || mount -t binfmt_misc binfmt_misc $binfmt
printf '%s' ":$format:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:$(command -v qemu-aarch64-static):F" >$binfmt/register

for program in preemptd preempt-drain preemptctl preempt-sim; do
  file -b "$root"/usr/*bin/$program | cut -d, -f1-2
  chroot "$root" $program --version
done
chroot "$root" preemptctl rehearse --hooks /opt/hooks --notice 120s --speed 4
