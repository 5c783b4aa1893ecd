#!/bin/sh
# Do hooks in this folder pass the safety gate of whoever runs this? Each folder on the way to it must be root's or the
# caller's, and nobody else may write to it. Silent where they do; else prints the folder that is in the way, and exits 1.
#   packaging/safe_place.sh FOLDER
set -eu
folder=$(cd "$1" && pwd -P)
while :; do
  if [ -n "$(find "$folder" -maxdepth 0 \( ! -uid 0 ! -uid "$(id -u)" -o -perm -o+w -o -perm -g+w ! -gid 0 \))" ]; then
    echo "$folder" && exit 1
  fi
  [ "$folder" != / ] || exit 0
  folder=$(dirname "$folder")
done
