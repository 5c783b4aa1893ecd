#!/bin/sh
# Installs the client library, builds the document's example against it, and sees it say that there is no key.
#   package.sh BUILD_FOLDER DOCUMENT CMAKE
set -eu
build=$1 document=$2 cmake=$3

work=$(mktemp -d "$build/ecs-package.XXXXXX")
trap 'rm -rf "$work"' EXIT

# The block that opens with "```LANGUAGE".
block() { awk -v open="\`\`\`$1" '$0 == open { inside = 1; next } /^```/ { inside = 0 } inside' "$document"; }

"$cmake" --install "$build" --component dev --prefix "$work/prefix" >/dev/null
mkdir "$work/tool"
block cpp >"$work/tool/main.cpp"
{
  echo 'cmake_minimum_required(VERSION 3.25)'
  echo 'project(my_tool CXX)'
  echo 'add_executable(my_tool main.cpp)'
  block cmake
} >"$work/tool/CMakeLists.txt"
if ! { "$cmake" -S "$work/tool" -B "$work/tool/build" -DCMAKE_PREFIX_PATH="$work/prefix" &&
  "$cmake" --build "$work/tool/build"; } >"$work/log" 2>&1; then
  cat "$work/log"
  exit 1
fi

said=$(env -i "$work/tool/build/my_tool" 2>&1) && { echo "it should have failed without a key"; exit 1; }
echo "$said" | grep -q 'ALIBABA_CLOUD_ACCESS_KEY_ID is not set' || { echo "said instead: $said"; exit 1; }
