#!/bin/bash
# One case in a real systemd: boots this machine's own root, under an overlay that is thrown away, with the package
# installed, in a network of its own where the simulator's metadata service has its true address.
#   boot.sh BASE CASE     BASE: folder made by base.sh; CASE: cases/NAME.sh
# The case defines boot_1 and, when it reboots or powers off, boot_2 and so on; inside.sh runs them. With KEEP=FOLDER the
# case's scratch folder is kept there; with PREEMPTD_ROOT=FOLDER that root is booted instead of this machine's. Exits with the case's code; 77 when nspawn cannot run here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
base=$(readlink -f "$1")
case_file=$(readlink -f "$2")
limit=${LIMIT:-$(sed -n 's/^# limit: //p' "$case_file")}
limit=${limit:-90} # seconds, of one boot

[ "$(id -u)" = 0 ] || { echo "SKIP: system tests need root"; exit 77; }
if reason=$(cat "$base/skip" 2>/dev/null); then echo "SKIP: $reason"; exit 77; fi
if [ -z "${PREEMPTD_SYSTEM_TEST:-}" ]; then
  exec env PREEMPTD_SYSTEM_TEST=1 unshare --mount --propagation private "$0" "$base" "$case_file"
fi

work=$(mktemp -d "$base/case.XXXXXX")
group=/sys/fs/cgroup/preemptd-test-$$
scratch=$work/scratch
root=$work/root
mkdir -p "$scratch" "$work"/{layer,root}

clean_up() {
  # Leave the group before it goes.
  echo $$ >/sys/fs/cgroup/cgroup.procs || true
  echo 1 >"$group/cgroup.kill" 2>/dev/null || true
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && break
    sleep 0.2
  done
  umount -l "$root" "$work/layer" 2>/dev/null || true
  if [ -n "${KEEP:-}" ]; then mkdir -p "$KEEP" && cp -r "$scratch/." "$KEEP/"; fi
  rm -rf "$work"
}
trap clean_up EXIT

mount -t tmpfs -o size=1g,mode=755 layer "$work/layer"
mkdir "$work/layer"/{up,work}
tar -C "$work/layer/up" --xattrs --xattrs-include='trusted.overlay.*' -xf "$base/layer.tar"
mount -t overlay overlay -o "lowerdir=${PREEMPTD_ROOT:-/},upperdir=$work/layer/up,workdir=$work/layer/work" "$root"
mount -t tmpfs -o mode=755 run /run
if [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ]; then
  umount -R /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
mkdir "$group"
echo $$ >"$group/cgroup.procs"

number=0
code=133 # what nspawn exits with when the container reboots
while [ $code = 133 ] || { [ $code = 0 ] && grep -q "^boot_$((number + 1))()" "$case_file"; }; do
  number=$((number + 1))
  echo $number >"$scratch/boot"
  code=0
  SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 timeout -k 5 "$limit" systemd-nspawn --quiet --register=no --keep-unit -D "$root" \
    --private-network --bind="$scratch:/case" --bind-ro="$here:/system" --bind-ro="$here/../../packaging:/packaging" --bind-ro="$case_file:/case.sh" \
    --machine="preemptd-$$" --boot </dev/null >"$scratch/console.$number" 2>&1 || code=$?
  [ "$(cat "$scratch/code.$number" 2>/dev/null || echo 99)" = 0 ] || break
done

cat "$scratch/output" 2>/dev/null || true
verdict=$(cat "$scratch/code.$number" 2>/dev/null || echo 99)
if [ "$verdict" = 0 ] && [ $code != 0 ]; then verdict=$code; fi
if [ "$verdict" != 0 ]; then
  echo "boot $number of $(basename "$case_file") ended with $verdict (nspawn: $code); the end of its console and journal:"
  tail -n 15 "$scratch/console.$number" || true
  tail -n 60 "$scratch/journal.$number" 2>/dev/null || true
fi
exit "$verdict"
