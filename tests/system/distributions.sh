#!/bin/bash
# The portable packages on distributions that are not this machine's: in clean roots of Debian 11, 12 and 13 (glibc 2.31, 2.36 and 2.41;
# systemd 247, 252 and 257) each program runs, every system case runs in the root's own systemd, the .deb is installed, upgraded,
# removed and purged without a trace, and the .rpm likewise by rpm and dnf. Not part of tests/run.sh: it downloads the roots
# (once) and takes some minutes.
#   tests/system/distributions.sh [--roots FOLDER] [SUITE...]     needs: packaging/package.sh --portable, root, debootstrap
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
roots=$top/build/roots
packages=$top/build/packages/portable-$(uname -m)
suites=()
while [ $# -gt 0 ]; do
  case $1 in
    --roots) roots=$2 && shift ;;
    -*) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2 && exit 1 ;;
    *) suites+=("$1") ;;
  esac
  shift
done
[ ${#suites[@]} -gt 0 ] || suites=(bullseye bookworm trixie)
debs=("$packages"/preemptd_*.deb)
[ -e "${debs[0]}" ] || { echo "distributions.sh: build the packages first: packaging/package.sh --portable" >&2; exit 1; }
if [ -z "${PREEMPTD_DISTRIBUTIONS:-}" ]; then
  exec env PREEMPTD_DISTRIBUTIONS=1 unshare --mount --propagation private "$0" --roots "$roots" "${suites[@]}"
fi

passed=0 failed=0
check() { # NAME COMMAND...
  local name=$1 log=$work/log
  shift
  if "$@" >"$log" 2>&1; then
    echo "ok: $name" && passed=$((passed + 1))
  else
    echo "FAILED: $name" && sed 's/^/    /' "$log" && failed=$((failed + 1))
  fi
}

# make_root SUITE: once. More than minbase: what the system cases use, and the package needs none of it.
make_root() {
  [ ! -e "$roots/$1/made" ] || return 0
  mkdir -p "$roots"
  rm -rf "${roots:?}/$1"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,procps,iproute2,python3,jq,ca-certificates "$1" "$roots/$1" \
    "$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' | sed -n 's/^Debian //p' | head -1)" >"$roots/$1.log" 2>&1
  touch "$roots/$1/made"
}

# over SUITE: a throw-away copy of the root in $root
over() {
  root=$work/root
  ! mountpoint -q "$root" || { umount -R -l "$root" && umount -l "$work/layer"; }
  mkdir -p "$root" "$work/layer"
  mount -t tmpfs -o size=2g,mode=755 layer "$work/layer"
  mkdir "$work/layer"/{up,work}
  mount -t overlay overlay -o "lowerdir=$roots/$1,upperdir=$work/layer/up,workdir=$work/layer/work" "$root"
  mount -t proc proc "$root/proc"
  mount --bind /dev "$root/dev"
  mkdir -p "$root/packages"
  cp "$packages"/*.deb "$packages"/*.rpm "$root/packages/"
  ln -sfn /proc/mounts "$root/etc/mtab"
  rm -f "$root/etc/resolv.conf" && cp /etc/resolv.conf "$root/etc/resolv.conf"
}
inside() { chroot "$root" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -ec "$1"; }

# What is there, by name, owner and mode; less what package managers write about themselves.
listing() {
  find "$root" -xdev \( -path "$root/proc" -o -path "$root/dev" -o -path "$root/packages" -o -path "$root/var/lib/dpkg" -o -path "$root/var/log" \
    -o -path "$root/var/cache" -o -path "$root/var/lib/apt" -o -path "$root/var/lib/rpm" -o -path "$root/var/lib/dnf" -o -path "$root/root" \
    -o -path "$root/tmp" \) -prune -o -printf '%P %u:%g %m\n' | grep -vE '^etc/(passwd|group|shadow|gshadow|subuid|subgid)-? |^etc/ld.so.cache ' |
    sort >"$work/$1"
  cat "$root/etc/passwd" "$root/etc/group" >>"$work/$1"
}
unchanged() { diff "$work/before" "$work/after"; }

programs_run() {
  inside 'for p in preemptd preempt-drain preemptctl preempt-sim; do $p --version; done
    mkdir -p /opt/hooks && printf "#!/bin/sh\necho saved\n" >/opt/hooks/10-save && chmod 755 /opt/hooks/10-save
    ip link set lo up 2>/dev/null || true
    preemptctl rehearse --hooks /opt/hooks --notice 60s --speed 20'
}

# release N FILE: the same package as release N, as an upgrade would bring it
release() {
  inside "rm -rf /packages/tree && dpkg-deb -R $2 /packages/tree && sed -i 's/^Version: .*/&+$1/' /packages/tree/DEBIAN/control &&
    dpkg-deb --root-owner-group -b /packages/tree /packages/release-$1.deb >/dev/null"
}
deb_life() {
  inside 'dpkg -i /packages/preemptd_*.deb && echo "# kept" >>/etc/preemptd/preemptd.toml && touch /etc/preemptd/hooks.d/10-mine
    mkdir -p /var/lib/preemptd/drains/one && dpkg -i /packages/preemptd_*.deb'
  release 2 '/packages/preemptd_*.deb'
  inside 'dpkg -i /packages/release-2.deb && dpkg -s preemptd | grep -q "+2$" && grep -q kept /etc/preemptd/preemptd.toml
    dpkg --remove preemptd && grep -q kept /etc/preemptd/preemptd.toml && [ -d /var/lib/preemptd/drains/one ] && ! [ -e /usr/sbin/preemptd ]
    dpkg --purge preemptd'
}
deb_leaves_nothing() {
  listing before
  deb_life
  listing after
  unchanged
}

# The root has its libraries from .deb: an empty package tells rpm that what ours asks of the system is there.
stand_in() {
  local spec=$root/packages/stand-in.spec
  printf '%s\n' 'Name: debian-libraries' 'Version: 1' 'Release: 1' 'Summary: What dpkg installed' 'License: none' 'BuildArch: noarch' >"$spec"
  inside 'rpm -qp --requires /packages/preemptd-[0-9]*.rpm | grep -v "^rpmlib(" | sort -u' | sed 's/^/Provides: /' >>"$spec"
  printf '%s\n' '%description' 'None.' '%files' >>"$spec"
  inside 'rpmbuild --quiet -bb --define "_topdir /packages/rpmbuild" /packages/stand-in.spec && rpm -i /packages/rpmbuild/RPMS/noarch/*.rpm'
}
rpm_life() {
  inside 'rpm -i /packages/preemptd-[0-9]*.rpm && rpm -V preemptd && getent passwd preemptd && preemptctl config check
    echo "# kept" >>/etc/preemptd/preemptd.toml
    rpm -U --replacepkgs /packages/preemptd-[0-9]*.rpm && grep -q kept /etc/preemptd/preemptd.toml && rpm -e preemptd && ! [ -e /usr/sbin/preemptd ]
    grep -q kept /etc/preemptd/preemptd.toml.rpmsave'
}
dnf_life() {
  inside 'dnf -y -q --setopt=reposdir=/nowhere install /packages/preemptd-[0-9]*.rpm && preemptctl --version && dnf -y -q --setopt=reposdir=/nowhere remove preemptd
    ! [ -e /usr/sbin/preemptd ]'
}

all_cases() {
  PREEMPTD_ROOT=$roots/$1 "$here/base.sh" "$work/base" "${debs[@]}" || return 1
  local case code bad=0
  for case in "$here"/cases/*.sh; do
    code=0
    PREEMPTD_ROOT=$roots/$1 "$here/boot.sh" "$work/base" "$case" >"$work/case" 2>&1 || code=$?
    [ $code = 0 ] || { echo "$(basename "$case" .sh) ended with $code" && cat "$work/case" && bad=1; }
  done
  return $bad
}

work=$(mktemp -d "$top/build/distributions.XXXXXX")
trap 'umount -R -l "$work/root" "$work/layer" 2>/dev/null; rm -rf "$work"' EXIT
for suite in "${suites[@]}"; do
  make_root "$suite"
  over "$suite"
  inside 'dpkg -i /packages/preemptd_*.deb' >/dev/null 2>&1 || true
  check "$suite: the programs run, and a rehearsal passes" programs_run
  over "$suite"
  check "$suite: installed, reinstalled, upgraded, removed and purged, the .deb keeps what is configured and leaves nothing" deb_leaves_nothing
  check "$suite: the system cases in this root's systemd" all_cases "$suite"
done
over bookworm
check "packages for rpm and dnf" inside 'apt-get -qq update && apt-get -qq install -y --no-install-recommends rpm dnf'
check "a stand-in for the libraries that dpkg installed" stand_in
check "rpm installs, verifies, upgrades and removes the .rpm" rpm_life
check "dnf installs and removes the .rpm" dnf_life
echo "$passed passed, $failed failed"
[ $failed = 0 ]
