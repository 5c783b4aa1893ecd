#!/bin/bash
# What packaging/image/bake.sh does in a machine that takes .deb packages, and in one that takes .rpm packages, from the folder that
# package.sh makes: in this machine's root under an overlay that is thrown away, with programs that only say how they were called.
#   bake.sh SOURCE      needs root, for namespaces; else 77
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "SKIP the image bake: needs root"; exit 77; }
if [ -z "${PREEMPTD_BAKE_TEST:-}" ]; then
  unshare --mount --propagation private true 2>/dev/null || { echo "SKIP the image bake: no namespaces here"; exit 77; }
  exec env PREEMPTD_BAKE_TEST=1 unshare --mount --propagation private "$0" "$@"
fi
work=$(mktemp -d)
trap 'umount -l "$work/root" "$work"; rmdir "$work"' EXIT
mount -t tmpfs bake "$work"
mkdir "$work"/{up,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/up,workdir=$work/work" "$work/root"
root=$work/root

fail() { echo "FAILED: $*" >&2; [ ! -e "$root/called" ] || cat "$root/called" >&2; exit 1; }

# program NAME: one that only says how it was called.
program() {
  printf '#!/bin/sh\necho "%s $*" >>/called\n' "$1" >"$root/usr/local/sbin/$1"
  chmod 755 "$root/usr/local/sbin/$1"
}

# bake ARGUMENT...: what was called is in /called afterwards.
bake() {
  rm -f "$root/called"
  chroot "$root" env -C /bake PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh bake.sh "$@"
}
called() { grep -qxF -- "$*" "$root/called" || fail "not called: $*"; }

mkdir -p "$root"/bake/{native-x86_64,hooks.d,conf.d} "$root"/etc/preemptd/hooks.d "$root"/var/lib/preemptd/drains/of-this-machine
cp "$1/packaging/image/bake.sh" "$root/bake/"
(cd "$root/bake/native-x86_64" && touch preemptd_0.1.0_amd64.deb libpreemptd-ecs-dev_0.1.0_amd64.deb \
  preemptd-0.1.0-1.x86_64.rpm preemptd-ecs-devel-0.1.0-1.x86_64.rpm SHA256SUMS preemptd-native-x86_64.spdx.json)
printf '#!/bin/sh\n' >"$root/bake/hooks.d/10-ours"
for name in apt-get dnf systemctl preemptctl; do program "$name"; done
had=$(ls "$root/usr/sbin/policy-rc.d" 2>/dev/null || true)

bake native-x86_64
grep '^apt-get' "$root/called" | sed -n 1p | grep -qx 'apt-get -q update' || fail "the lists of packages are old"
grep -q '^apt-get .* install .*/preemptd_0.1.0_amd64.deb' "$root/called" || fail "preemptd was not installed"
! grep -E 'rpm|-dev_|dnf' "$root/called" || fail "more than that was installed"
called systemctl enable preemptd.service preemptd-drain.path preemptd-shutdown.service
[ "$(stat -c '%a %U' "$root/etc/preemptd/hooks.d/10-ours")" = "755 root" ] || fail "the hook is not in place"
[ ! -e "$root/var/lib/preemptd/drains/of-this-machine" ] || fail "this machine's state stays in the image"
[ "$(ls "$root/usr/sbin/policy-rc.d" 2>/dev/null || true)" = "$had" ] || fail "the policy of the bake stays in the image"
echo "ok: where apt-get is"

touch "$root"/bake/native-x86_64/preemptd_0.0.9_amd64.deb
bake native-x86_64/preemptd_0.1.0_amd64.deb
! grep 0.0.9 "$root/called" || fail "a package nobody named"
rm "$root"/bake/native-x86_64/preemptd_0.0.9_amd64.deb
no_code=0
bake native-x86_64/preemptd-0.1.0-1.x86_64.rpm 2>/dev/null || no_code=$?
[ $no_code = 1 ] && [ ! -e "$root/called" ] || fail "an .rpm package taken where apt-get is"
echo "ok: of named packages those"

rm -f "$root/usr/local/sbin/apt-get" "$root/usr/bin/apt-get"
bake native-x86_64
grep -q '^dnf -y install .*/preemptd-0.1.0-1.x86_64.rpm' "$root/called" || fail "preemptd was not installed"
! grep -E '\.deb|-devel-|apt' "$root/called" || fail "more than that was installed"
echo "ok: where dnf is"

mkdir -p "$root"/var/lib/preemptd/drains/n-1/hooks/10-marker
touch "$root/left-here"
printf '/left-here\n/gone\n' >"$root"/var/lib/preemptd/drains/n-1/hooks/10-marker/outside
code=0
said=$(bake native-x86_64 2>&1) || code=$?
[ $code = 1 ] && [[ $said == *"  /left-here"* && $said != *"/gone"* ]] || fail "what a hook left goes into the image: $said"
rm "$root/left-here"
bake native-x86_64 >/dev/null
[ ! -e "$root/var/lib/preemptd/drains/n-1" ] || fail "this machine's state stays in the image"
echo "ok: what hooks left stops the bake until it is removed"
