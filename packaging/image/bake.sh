#!/bin/sh
# Puts preemptd into a machine image. Run as root inside the machine that becomes the image; safe to repeat.
#   bake.sh PACKAGE...      .deb or .rpm files of preemptd (and of preempt-sim, for rehearsals on nodes)
# Hooks and settings of yours, if they lie beside this script, go along:
#   hooks.d/*      to /etc/preemptd/hooks.d      conf.d/*.toml      to /etc/preemptd/conf.d
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ "$(id -u)" = 0 ] || { echo "bake.sh: needs root" >&2; exit 1; }
[ $# -gt 0 ] || { sed -n '3,5s/^# *//p' "$0" >&2; exit 1; }

install_packages() {
  case $1 in
    *.deb)
      # A service started during the bake would watch the machine that builds the image.
      printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d.preemptd
      chmod 755 /usr/sbin/policy-rc.d.preemptd
      [ -e /usr/sbin/policy-rc.d ] || { mv /usr/sbin/policy-rc.d.preemptd /usr/sbin/policy-rc.d && ours=yes; }
      code=0
      DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Options::=--force-confold install "$@" || code=$?
      rm -f /usr/sbin/policy-rc.d.preemptd
      if [ "${ours:-no}" = yes ]; then rm -f /usr/sbin/policy-rc.d; fi
      return $code
      ;;
    *.rpm) if command -v dnf >/dev/null; then dnf -y install "$@"; else yum -y install "$@"; fi ;;
    *) echo "bake.sh: $1 is neither .deb nor .rpm" >&2; exit 1 ;;
  esac
}

# Absolute, because apt-get takes a bare name for a package of the archive.
for package; do
  shift
  set -- "$@" "$(cd "$(dirname "$package")" && pwd)/$(basename "$package")"
done
install_packages "$@"

if [ -d "$here/hooks.d" ]; then install -o root -g root -m 0755 "$here"/hooks.d/* /etc/preemptd/hooks.d/; fi
if [ -d "$here/conf.d" ]; then install -o root -g root -m 0644 "$here"/conf.d/*.toml /etc/preemptd/conf.d/; fi

systemctl enable preemptd.service preemptd-drain.path preemptd-shutdown.service

# Nothing of this machine belongs into the image. (preemptd would not take it for its own: all is kept by instance id.)
systemctl stop preemptd-drain.path preemptd.service 2>/dev/null || true
find /var/lib/preemptd/drains /var/lib/preemptd/outbox /var/lib/preemptd/watch /run/preemptd -mindepth 1 -delete 2>/dev/null || true

preemptctl config check
preemptctl hooks list
