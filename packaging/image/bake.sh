#!/bin/sh
# Puts preemptd into a machine image. Run as root inside the machine that becomes the image; safe to repeat.
#   bake.sh FOLDER|PACKAGE...      the package of preemptd, or the folder that package.sh made
# Taken are those of the kind this machine takes, .deb or .rpm; those for developers are left out.
# Hooks and settings of yours, if they lie beside this script, go along:
#   hooks.d/*      to /etc/preemptd/hooks.d      conf.d/*.toml      to /etc/preemptd/conf.d
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ "$(id -u)" = 0 ] || { echo "bake.sh: needs root" >&2; exit 1; }
[ $# -gt 0 ] || { sed -n '3,6s/^# *//p' "$0" >&2; exit 1; }

# Absolute, because apt-get takes a bare name for a package of the archive.
packages() {
  for place; do
    [ -e "$place" ] || { echo "bake.sh: $place: there is no such package or folder" >&2; return 1; }
    find "$(readlink -f "$place")" -maxdepth 1 -type f -name "*.$kind" ! -name '*-dev_*' ! -name '*-devel-*'
  done
}

install_debs() {
  # Native packages need libraries that a bare image has no list of; where there is no network, what is known has to do.
  apt-get -q update || echo "bake.sh: going on with the lists of packages that are here" >&2
  # A service started during the bake would watch the machine that builds the image.
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d.preemptd
  chmod 755 /usr/sbin/policy-rc.d.preemptd
  [ -e /usr/sbin/policy-rc.d ] || { mv /usr/sbin/policy-rc.d.preemptd /usr/sbin/policy-rc.d && ours=yes; }
  code=0
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Options::=--force-confold install "$@" || code=$?
  rm -f /usr/sbin/policy-rc.d.preemptd
  if [ "${ours:-no}" = yes ]; then rm -f /usr/sbin/policy-rc.d; fi
  return $code
}

install_rpms() { if command -v dnf >/dev/null; then dnf -y install "$@"; else yum -y install "$@"; fi; }

if command -v apt-get >/dev/null; then kind=deb; else kind=rpm; fi
chosen=$(packages "$@")
[ -n "$chosen" ] || { echo "bake.sh: no .$kind package of preemptd among: $*" >&2; exit 1; }
set -f
IFS='
'
# shellcheck disable=SC2086 # one line, one package
install_${kind}s $chosen
unset IFS
set +f

for file in "$here"/hooks.d/*; do [ ! -f "$file" ] || install -o root -g root -m 0755 "$file" /etc/preemptd/hooks.d/; done
for file in "$here"/conf.d/*.toml; do [ ! -f "$file" ] || install -o root -g root -m 0644 "$file" /etc/preemptd/conf.d/; done

systemctl enable preemptd.service preemptd-drain.path preemptd-shutdown.service

# With the state goes the list of what hooks left elsewhere, so that is looked at before.
left=$(cat /var/lib/preemptd/drains/*/hooks/*/outside 2>/dev/null | sort -u | while read -r path; do [ ! -e "$path" ] || echo "  $path"; done)
[ -z "$left" ] || { printf 'bake.sh: hooks left these, which would go into the image (preemptctl undo, or remove them):\n%s\n' "$left" >&2; exit 1; }

# Nothing of this machine belongs into the image. (preemptd would not take it for its own: all is kept by instance id.)
systemctl stop preemptd-drain.path preemptd.service 2>/dev/null || true
find /var/lib/preemptd/drains /var/lib/preemptd/outbox /var/lib/preemptd/watch /run/preemptd -mindepth 1 -delete 2>/dev/null || true

preemptctl config check
preemptctl hooks list
