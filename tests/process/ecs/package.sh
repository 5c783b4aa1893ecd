#!/bin/sh
# Installs the client library, builds the document's example against it as a stranger would, and runs that: without a key it
# says so, and with one it lists what a preempt-sim has.
#   package.sh BUILD_FOLDER DOCUMENT CMAKE PREEMPT_SIM
set -eu
build=$1 document=$2 cmake=$3 preempt_sim=$4

work=$(mktemp -d "$build/ecs-package.XXXXXX")
simulator=
trap '[ -z "$simulator" ] || kill "$simulator"; rm -rf "$work"' EXIT

fail() {
  echo "$1"
  exit 1
}

# The block that opens with "```LANGUAGE".
block() { awk -v open="\`\`\`$1" '$0 == open { inside = 1; next } /^```/ { inside = 0 } inside' "$document"; }

"$cmake" --install "$build" --component dev --prefix "$work/prefix" >/dev/null
mkdir "$work/tool"
block cpp >"$work/tool/main.cpp"
(cd "$work/prefix/include" && find preemptd -name '*.h' | sort) >"$work/headers"
[ -s "$work/headers" ] || fail "no headers were installed"
sed 's/.*/#include <&>/' "$work/headers" >"$work/tool/every_header.cpp"
{
  echo 'cmake_minimum_required(VERSION 3.25)'
  echo 'project(my_tool CXX)'
  echo 'add_executable(my_tool main.cpp every_header.cpp)'
  echo 'target_compile_options(my_tool PRIVATE -Wall -Wextra -Werror)'
  block cmake
} >"$work/tool/CMakeLists.txt"
if ! { "$cmake" -S "$work/tool" -B "$work/tool/build" -DCMAKE_PREFIX_PATH="$work/prefix" &&
  "$cmake" --build "$work/tool/build"; } >"$work/log" 2>&1; then
  cat "$work/log"
  exit 1
fi
my_tool=$work/tool/build/my_tool

! grep -rn '#include "' "$work/prefix/include" || fail "a header includes another one by an internal name"
for internal in core/text.h http/url.h ecs/digest.h ecs/credentials/ini.h ecs/client/client.h; do
  [ ! -e "$work/prefix/include/preemptd/$internal" ] || fail "$internal is internal and was installed"
done
sed -n 's/^| `\(preemptd\/[^`]*\.h\)`.*/\1/p' "$document" | while read -r header; do
  grep -qx "$header" "$work/headers" || fail "the document names $header, which is not installed"
done

said=$(env -i "$my_tool" 2>&1) && fail "it should have failed without a key"
echo "$said" | grep -q 'ALIBABA_CLOUD_ACCESS_KEY_ID is not set' || fail "said instead: $said"

"$preempt_sim" serve --metadata 127.0.0.1:0 --api 127.0.0.1:0 --admin 127.0.0.1:0 --ready-file "$work/ready.json" \
  --access-key my-key:my-secret >"$work/simulator.log" 2>&1 &
simulator=$!
for _ in $(seq 500); do
  [ -s "$work/ready.json" ] && break
  sleep 0.02
done
api=$(sed -n 's/.*"api": *"\([^"]*\)".*/\1/p' "$work/ready.json")
listed() { env -i ALIBABA_CLOUD_ACCESS_KEY_ID=my-key ALIBABA_CLOUD_ACCESS_KEY_SECRET="$1" "$my_tool" "http://$api" 2>&1; }

said=$(listed my-secret) || fail "the simulator's instances were not listed: $said"
echo "$said" | grep -q '^i-[a-z0-9]* Running$' || fail "said instead: $said"
said=$(listed another-secret) && fail "a wrong secret was taken"
echo "$said" | grep -q 'SignatureDoesNotMatch: .*check the access key secret (request ' || fail "said of a wrong secret: $said"
