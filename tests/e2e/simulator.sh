#!/bin/bash
# The built preempt-sim as its users see it: start and end, the ready file, what faults do to a socket, the commands.
#   simulator.sh PREEMPT_SIM
set -euo pipefail

sim=$1
folder=$(mktemp -d)
pid=
failures=0

finish() {
  [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

check() { # WHAT WANTED GOT
  [ "$2" = "$3" ] && return
  echo "FAILED simulator: $1: wanted '$2', got '$3'"
  failures=$((failures + 1))
}

start() {
  rm -f "$folder/ready.json"
  "$sim" serve --metadata 127.0.0.1:0 --api 127.0.0.1:0 --admin 127.0.0.1:0 --ready-file "$folder/ready.json" "$@" >/dev/null &
  pid=$!
  for _ in $(seq 500); do
    [ ! -e "$folder/ready.json" ] || break
    kill -0 "$pid"
    sleep 0.02
  done
  metadata=http://$(jq -r .metadata "$folder/ready.json")
  api=http://$(jq -r .api "$folder/ready.json")
  admin=$(jq -r .admin "$folder/ready.json")
}

item=latest/meta-data/instance-id
fetch() { # curl's exit code, status, bytes of the body
  local code=0 out
  out=$(curl -s --noproxy '*' -o /dev/null -w '%{http_code} %{size_download}' "$@") || code=$?
  echo "$code $out"
}
tell() { "$sim" "$@" --admin "$admin" >/dev/null; }
fault() { tell fault --target metadata "$@"; }

code=0
"$sim" serve --metadata 0.0.0.0:0 >/dev/null 2>"$folder/err" || code=$?
check "an address that is not loopback is refused" 2 $code
check "and the way out is named" 1 "$(grep -c -- --allow-remote "$folder/err")"
code=0
"$sim" serve --access-key nonsense >/dev/null 2>&1 || code=$?
check "a malformed access key is refused" 2 $code

start --instance-id i-e2e --region xx-made-up-1 --hardened
check "the ready file names the instance" i-e2e "$(jq -r .instance_id "$folder/ready.json")"
check "a region may be made up" xx-made-up-1 "$("$sim" state --admin "$admin" | jq -r .region)"
check "hardened mode wants a token" "0 403" "$(fetch "$metadata/$item" | cut -d' ' -f1,2)"
kill "$pid"
code=0
wait "$pid" || code=$?
check "SIGTERM ends it cleanly" 0 $code

start --allow-remote
check "an item" "0 200 21" "$(fetch "$metadata/$item")"

fault --kind reset --times 1
check "reset" "56 000 0" "$(fetch "$metadata/$item")"
check "reset once" "0 200 21" "$(fetch "$metadata/$item")"
fault --kind hang --times 1
check "hang" "28 000 0" "$(fetch -m 0.5 "$metadata/$item")"
fault --kind truncate --value 5 --times 1
check "truncate" "18 200 5" "$(fetch "$metadata/$item")"
fault --kind huge --value 3000000 --times 1
check "huge" "0 200 3000000" "$(fetch "$metadata/$item")"
fault --kind redirect --times 1
check "redirect" "0 302 0" "$(fetch "$metadata/$item")"
fault --kind empty --times 1
check "empty" "0 200 0" "$(fetch "$metadata/$item")"
fault --kind status --value 503 --times 1
check "status" "0 503" "$(fetch "$metadata/$item" | cut -d' ' -f1,2)"
fault --kind garbage --value soon --times 1
check "garbage" "0 200 4" "$(fetch "$metadata/$item")"
fault --kind slow --value 600ms --times 1
check "slow, too slow" "28 000 0" "$(fetch -m 0.3 "$metadata/$item")"
fault --kind drip --value 20 --times 1
check "drip, cut off underway" 28 "$(fetch -m 0.5 "$metadata/$item" | cut -d' ' -f1)"
fault --kind clock --value 86400
date=$(curl -sI --noproxy '*' "$metadata/$item" | tr -d '\r' | sed -n 's/^Date: //p')
ahead=$((($(date -d "$date" +%s) - $(date +%s) + 3600) / 86400))
check "clock" 1 $ahead
tell reset
check "reset lifts faults and empties the log" 0 "$("$sim" requests --admin "$admin" | jq '.requests | length')"

long=$(head -c 65000 /dev/zero | tr '\0' a)
check "a request line of 64 KiB" InvalidAction.NotFound \
  "$(curl -s --noproxy '*' "$api/?Action=None&Version=2014-05-26&Format=JSON&UserData=$long" | jq -r .Code)"
check "XML is the default of the older requests" "<?xml" "$(curl -s --noproxy '*' "$api/?Action=None&Version=2014-05-26" | head -c 5)"
curl -s --noproxy '*' "$metadata/$item" "$metadata/$item" >/dev/null
check "one connection carries two requests" 1 \
  "$("$sim" requests --admin "$admin" --target metadata | jq '[.requests[].connection] | unique | length')"
printf 'nonsense\r\n\r\n' >"$folder/nonsense"
check "nonsense is answered with 400" "HTTP/1.1 400" \
  "$(timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/${metadata##*:}; cat '$folder/nonsense' >&3; head -c 12 <&3")"

check "a notice" terminate "$("$sim" reclaim --admin "$admin" --notice-seconds 1 | jq -r .behavior)"
check "the notice in the metadata" "0 200 20" "$(fetch "$metadata/latest/meta-data/instance/spot/termination-time")"
check "withdrawn" true "$("$sim" withdraw --admin "$admin" | jq .withdrawn)"
check "gone from the metadata" "0 404" "$(fetch "$metadata/latest/meta-data/instance/spot/termination-time" | cut -d' ' -f1,2)"
code=0
"$sim" reclaim --admin "$admin" --instance-id i-none >/dev/null 2>&1 || code=$?
check "an unknown instance" 2 $code
check "an unknown request" 404 "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' "http://$admin/nothing")"
check "a body that is no JSON" 400 "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' -d nonsense "http://$admin/fault")"
kill "$pid"
wait "$pid" || failures=$((failures + 1))
pid=

[ $failures -eq 0 ]
