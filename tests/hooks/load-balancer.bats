#!/usr/bin/env bats
# hooks/load-balancer, with a small cloud that checks what it is sent, and real connections.

load support

prepare() {
  needs jq jq
  needs socat socat
  fake preemptctl
  jq -n '{groups: {
    "slb:lb-1": [{ServerId: "i-1", Weight: 100, Type: "ecs"}, {ServerId: "i-2", Weight: 100, Type: "ecs"}],
    "slb:rsp-1": [{ServerId: "i-1", Port: 8080, Weight: 60, Type: "ecs"}, {ServerId: "i-1", Port: 8081, Weight: 40, Type: "ecs"}],
    "alb:sgp-1": [{ServerId: "i-1", Port: 80, Weight: 70, ServerType: "Ecs", ServerIp: "10.0.0.1", Status: "Available"}],
    "nlb:sgp-2": [{ServerId: "i-1", Port: 443, Weight: 50, ServerType: "Ecs"}, {ServerId: "i-2", Port: 443, Weight: 50, ServerType: "Ecs"}]}}' \
    >"$WORLD/fake/cloud.json"
  groups "slb:lb-1 slb:rsp-1 alb:sgp-1 nlb:sgp-2"
}

clean() { [ -z "${SERVER-}" ] || kill "$SERVER" "${CLIENT-$SERVER}" 2>/dev/null || :; }

groups() { printf '%s\n' "SERVER_GROUPS=$1" SETTLE=0 "${@:2}" | conf load-balancer; }
weights() { jq -c '.groups | map_values(map(.Weight))' "$WORLD/fake/cloud.json"; }

@test "load-balancer: out of every kind of group, and back with the weights it had" {
  hook load-balancer drain
  exits 0
  [ "$(weights)" = '{"slb:lb-1":[0,100],"slb:rsp-1":[0,0],"alb:sgp-1":[0],"nlb:sgp-2":[0,50]}' ]
  hook load-balancer drain
  exits 0
  says "out already"
  hook load-balancer undo
  exits 0
  [ "$(weights)" = '{"slb:lb-1":[100,100],"slb:rsp-1":[60,40],"alb:sgp-1":[70],"nlb:sgp-2":[50,50]}' ]
}

edit() { jq "$1" "$WORLD/fake/cloud.json" >"$WORLD/c" && mv "$WORLD/c" "$WORLD/fake/cloud.json"; }

@test "load-balancer: a group that is being changed by another instance is tried again" {
  edit '.busy = {SetBackendServers: 2}'
  groups slb:lb-1
  hook load-balancer drain
  exits 0
  [ "$(jq -c '.groups["slb:lb-1"][0].Weight' "$WORLD/fake/cloud.json")" = 0 ]
  edit '.busy = {SetBackendServers: 999}'
  SECONDS_LEFT=12 # long enough for a first try on a machine at work
  hook load-balancer undo
  exits 1
  complains "BackendServer.configuring"
  complains "slb:lb-1: its weights could not be given back"
}

@test "load-balancer: a group that stays busy costs the others nothing" {
  edit '.busy = {SetBackendServers: 999}'
  groups "slb:lb-1 nlb:sgp-2"
  SECONDS_LEFT=20
  hook load-balancer drain
  exits 1
  complains "slb lb-1: the weight could not be set to 0"
  says "nlb sgp-2: out"
}

@test "load-balancer: an undo that went wrong half-way goes on where it was, also when the settings are gone" {
  hook load-balancer drain
  edit '.refuse = ["SetVServerGroupAttribute"]'
  hook load-balancer undo
  exits 1
  [ "$(weights)" = '{"slb:lb-1":[100,100],"slb:rsp-1":[0,0],"alb:sgp-1":[70],"nlb:sgp-2":[50,50]}' ]
  edit 'del(.refuse) | .groups["alb:sgp-1"][0].Weight = 33'
  rm "$CONF/load-balancer.conf"
  hook load-balancer undo
  exits 0
  [ "$(weights)" = '{"slb:lb-1":[100,100],"slb:rsp-1":[60,40],"alb:sgp-1":[33],"nlb:sgp-2":[50,50]}' ]
}

@test "load-balancer: a weight of 0 that was there before is not remembered, and stays" {
  edit '.groups["alb:sgp-1"][0].Weight = 0'
  groups alb:sgp-1
  hook load-balancer drain
  exits 0
  edit '.groups["alb:sgp-1"][0].Weight = 20'
  hook load-balancer undo
  exits 0
  [ "$(jq '.groups["alb:sgp-1"][0].Weight' "$WORLD/fake/cloud.json")" = 20 ]
}

@test "load-balancer: a group that cannot be read costs the others nothing" {
  groups "alb:sgp-9 bogus:x nlb:sgp-2"
  hook load-balancer drain
  exits 1
  complains "alb sgp-9 cannot be read"
  complains "bogus:x is none of"
  says "nlb sgp-2: out"
}

@test "load-balancer: a group this instance is not in is not touched" {
  edit '.groups["alb:sgp-1"][0].ServerId = "i-7"'
  groups alb:sgp-1
  hook load-balancer drain
  exits 0
  says "this instance is not in it"
  never_called Update
}

@test "load-balancer: connections are waited for, and counted when the slot ends first" {
  local port
  port=$(free_port)
  socat TCP-LISTEN:"$port",bind=127.0.0.1,reuseaddr,fork SYSTEM:cat 3>&- &
  SERVER=$!
  eventually 5 listening "$port"
  groups nlb:sgp-2 "PORTS=$port"
  connection 1 "$port"
  hook load-balancer drain
  exits 0
  says "no connection is left"
  connection 60 "$port"
  SECONDS_LEFT=12
  hook load-balancer drain
  exits 0
  says "1 connections are left"
}

@test "load-balancer: a rehearsal reads every group and changes none" {
  REHEARSAL=1
  hook load-balancer drain
  exits 0
  says 'would call slb SetVServerGroupAttribute'
  says '"Weight":"0"'
  says 'would call nlb UpdateServerGroupServersAttribute --ServerGroupId sgp-2 --Servers.1.ServerId i-1 --Servers.1.ServerType Ecs --Servers.1.Port 443 --Servers.1.Weight 0'
  [ "$(weights)" = '{"slb:lb-1":[100,100],"slb:rsp-1":[60,40],"alb:sgp-1":[70],"nlb:sgp-2":[50,50]}' ]
}

@test "load-balancer: a cloud that does not answer at first is asked again" {
  edit '.down = {ListServerGroupServers: 2, UpdateServerGroupServersAttribute: 1}'
  groups nlb:sgp-2
  hook load-balancer drain
  exits 0
  says "nlb sgp-2: out"
}

@test "load-balancer: a group that does not answer costs the others nothing" {
  edit '.down = {DescribeLoadBalancerAttribute: 999}'
  groups "slb:lb-1 nlb:sgp-2"
  SECONDS_LEFT=20
  hook load-balancer drain
  exits 1
  complains "slb lb-1 cannot be read"
  says "nlb sgp-2: out"
}
