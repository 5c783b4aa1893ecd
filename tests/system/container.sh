#!/bin/bash
# The image of packaging/container/Dockerfile without a container engine: its COPY and RUN lines make a root file system out of a
# clean Debian 12, and the two containers of the DaemonSet run in it as they would there: the watcher as user 800 without any
# capability on a read-only root, the drainer as root; the network is private, with the metadata service at its true address.
#   tests/system/container.sh [--roots FOLDER]      needs: root, packaging/package.sh --portable, a root of distributions.sh, a network
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
roots=$top/build/roots
if [ "${1:-}" = --roots ]; then roots=$2; fi
packages=$top/build/packages/portable-x86_64
[ -e "$roots/bookworm/made" ] || { echo "container.sh: first tests/system/distributions.sh bookworm" >&2; exit 1; }
if [ -z "${PREEMPTD_CONTAINER:-}" ]; then
  exec env PREEMPTD_CONTAINER=1 unshare --mount --pid --fork --kill-child --propagation private "$0" --roots "$roots"
fi
work=$(mktemp -d "$top/build/container.XXXXXX")
trap 'umount -R -l "$work/root" "$work/layer" "$work/state" "$work/run" 2>/dev/null; rm -rf "$work"' EXIT
say() { printf '%s\n' "$*"; }

mkdir -p "$work"/{layer,root,state,run,hooks,sim}
mount -t tmpfs -o size=2g layer "$work/layer"
mkdir "$work/layer"/{up,work}
root=$work/root
mount -t overlay overlay -o "lowerdir=$roots/bookworm,upperdir=$work/layer/up,workdir=$work/layer/work" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
cp /etc/resolv.conf "$root/etc/"

# The image.
dockerfile=$top/packaging/container/Dockerfile
mkdir -p "$root/packages"
cp "$packages"/preemptd_*.deb "$root/packages/"
cp "$top/packaging/container/drain-when-noticed" "$root/usr/local/sbin/"
steps=$(sed -n '/^RUN /,/[^\\]$/p' "$dockerfile" | sed 's/^RUN //; s/\\$//' | tr '\n' ' ')
chroot "$root" env DEBIAN_FRONTEND=noninteractive sh -c "$steps" >"$work/build.log" 2>&1 || { tail -n 20 "$work/build.log" && exit 1; }
mapfile -t variables < <(sed -n 's/^ENV //p' "$dockerfile")
say "image: $(du -sxm "$work/layer/up" | cut -f1) MB above the base"

# The pod: a network of its own, folders from the node, and the init container's work.
folders=$(sed -n '/^            - |$/,/^          securityContext:/p' "$top/packaging/kubernetes/base/daemonset.yaml" | sed '1d;$d')
mount -t tmpfs run "$work/run"
mkdir -p "$root/run/preemptd" "$root/etc/preemptd/hooks.d"
mount --bind "$work/run" "$root/run/preemptd"
mount --bind "$work/state" "$root/var/lib/preemptd"
mount --bind "$work/hooks" "$root/etc/preemptd/hooks.d"
chroot "$root" sh -c "$folders"
chown root:root "$work/hooks"
printf '#!/bin/sh\necho "called with $1 as $(id -u)"\n' >"$work/hooks/10-mine"
chmod 755 "$work/hooks/10-mine"
dpkg-deb -x "$packages"/preemptd_*.deb "$work/sim"
mount -o remount,bind,ro "$root"

cat >"$work/pod" <<'POD'
set -euo pipefail
root=$1 work=$2
shift 2
eventually() { local end=$((SECONDS + $1)); shift; until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || { echo "FAILED: $*"; cat "$work"/*.log; exit 1; }; sleep 0.2; done; }
ip link set lo up
ip addr add 100.100.100.200/32 dev lo
"$work/sim/usr/bin/preempt-sim" serve --allow-remote --metadata 100.100.100.200:80 --api 127.0.0.1:8001 --admin 127.0.0.1:8002 --hardened >"$work/cloud.log" 2>&1 &
chroot --userspec=800:800 "$root" setpriv --no-new-privs env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" preemptd \
  --set control.endpoint=http://127.0.0.1:8001 >"$work/watcher.log" 2>&1 &
chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/local/sbin/drain-when-noticed >"$work/drainer.log" 2>&1 &
probe() { chroot --userspec=800:800 "$root" preemptctl status; }
eventually 30 probe
echo "probe: $(probe | head -n 1)"
grep -E '^(Uid|CapEff|NoNewPrivs)' "/proc/$(pgrep -x preemptd)/status" | tr '\t\n' '  ' && echo
"$work/sim/usr/bin/preempt-sim" reclaim --admin 127.0.0.1:8002 --notice-seconds 300 >/dev/null
eventually 30 sh -c "ls $work/state/drains/*/record.json"
chroot "$root" preemptctl records show
jq -e '.hooks[] | select(.name == "10-mine") | .result.outcome == "ok"' "$work"/state/drains/*/record.json
time chroot "$root" /usr/lib/preemptd/finish-drain
[ -z "$(find "$root/etc" "$root/usr" -xdev -newer "$work/pod" 2>/dev/null)" ]
echo "nothing of the image was written to"
POD
unshare --net bash "$work/pod" "$root" "$work" "${variables[@]}"
