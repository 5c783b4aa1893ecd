#!/usr/bin/env bats
# hooks/redis, with real servers of Redis on loopback.

load support

prepare() {
  needs redis-server redis-server
  PORT=$(free_port)
  OTHER=$(free_port)
  mkdir "$WORLD/data" "$WORLD/data2"
}

clean() {
  local pid
  for pid in ${SERVERS-}; do
    disown "$pid" 2>/dev/null || :
    kill -9 "$pid" 2>/dev/null || :
  done
}

# server PORT FOLDER [OPTION...]: its process is $SERVER.
server() {
  redis-server --port "$1" --bind 127.0.0.1 --dir "$2" --save "" --repl-diskless-sync-delay 0 "${@:3}" >"$2/log" 2>&1 3>&- &
  SERVER=$!
  SERVERS="${SERVERS-} $SERVER"
  eventually 10 answers "$1"
}

answers() { [[ $(redis-cli -p "$1" "${@:2}" PING) == PONG ]]; }
role() { redis-cli -p "$1" ROLE | head -n 1; }
replica_online() { redis-cli -p "$PORT" INFO replication | grep -q state=online; }
ended() { ! kill -0 "$1" 2>/dev/null; }
settings() { printf '%s\n' "CLI=redis-cli -p $PORT" "$@" | conf redis; }

# unit PID: a unit that runs it.
unit() {
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo "active $1" >"$WORLD/fake/units/redis-server.service"
}

@test "redis: a primary hands over to its replica, and stops; undo starts its unit" {
  server "$OTHER" "$WORLD/data2" --replicaof 127.0.0.1 "$PORT"
  local replica=$SERVER
  server "$PORT" "$WORLD/data"
  unit "$SERVER"
  redis-cli -p "$PORT" SET k v
  eventually 10 replica_online
  settings
  hook redis drain
  exits 0
  says "handed over; this is a replica now"
  [ "$(role "$OTHER")" = master ]
  [ "$(redis-cli -p "$OTHER" GET k)" = v ]
  eventually 5 ended "$SERVER"
  kill -0 "$replica"
  hook redis drain
  exits 0
  says "stopped already"
  hook redis undo
  exits 0
  called "systemctl start redis-server.service"
}

@test "redis: a primary without a replica is saved before it stops" {
  server "$PORT" "$WORLD/data"
  redis-cli -p "$PORT" SET k v
  settings
  hook redis drain
  exits 0
  says "a primary without a replica"
  eventually 5 ended "$SERVER"
  server "$PORT" "$WORLD/data"
  [ "$(redis-cli -p "$PORT" GET k)" = v ]
  hook redis undo
  exits 1
  complains "has to be started by hand"
}

@test "redis: a replica stops, and its primary stays" {
  server "$OTHER" "$WORLD/data2"
  server "$PORT" "$WORLD/data" --replicaof 127.0.0.1 "$OTHER"
  local replica=$SERVER
  settings
  hook redis drain
  exits 0
  eventually 5 ended "$replica"
  [ "$(role "$OTHER")" = master ]
}

@test "redis: Sentinel hands over what it watches" {
  server "$OTHER" "$WORLD/data2" --replicaof 127.0.0.1 "$PORT"
  server "$PORT" "$WORLD/data"
  local primary=$SERVER
  eventually 10 replica_online
  local sentinel
  sentinel=$(free_port)
  printf '%s\n' "port $sentinel" 'bind 127.0.0.1' "dir $WORLD" "sentinel monitor m 127.0.0.1 $PORT 1" >"$WORLD/sentinel.conf"
  redis-server "$WORLD/sentinel.conf" --sentinel >"$WORLD/sentinel.log" 2>&1 3>&- &
  SERVERS="$SERVERS $!"
  eventually 20 eval 'redis-cli -p '"$sentinel"' SENTINEL REPLICAS m | grep -qx '"$OTHER"
  settings "SENTINEL=127.0.0.1:$sentinel/m" SAVE=no
  hook redis drain
  exits 0
  says "handed over"
  [ "$(role "$OTHER")" = master ]
  eventually 5 ended "$primary"
}

@test "redis: a server that loads its data, or restarts, is waited for" {
  settings SAVE=no
  printf '#!/bin/sh\n: >%s\nexec redis-cli "$@"\n' "$WORLD/asked" >"$BIN/ask-redis"
  chmod 755 "$BIN/ask-redis"
  settings SAVE=no "CLI=ask-redis -p $PORT"
  unit $$
  echo activating >"$WORLD/fake/units/redis-server.service"
  (eventually 20 test -e "$WORLD/asked" && exec redis-server --port "$PORT" --bind 127.0.0.1 --dir "$WORLD/data" --save "") >/dev/null 2>&1 3>&- &
  SERVERS=$!
  hook redis drain
  exits 0
  called "systemctl stop redis-server.service"
}

@test "redis: a password comes from its file; a wrong one fails the rehearsal" {
  server "$PORT" "$WORLD/data"
  redis-cli -p "$PORT" CONFIG SET requirepass s3cret
  echo wrong >"$WORLD/password"
  settings "PASSWORD_FILE=$WORLD/password"
  REHEARSAL=1
  hook redis drain
  exits 1
  complains "does not answer to this user"
  echo s3cret >"$WORLD/password"
  hook redis drain
  exits 0
  says "would run: redis-cli -p $PORT SAVE"
  says "would run: redis-cli -p $PORT SHUTDOWN NOSAVE"
  answers "$PORT" -a s3cret
}

@test "redis: a primary of a cluster is saved, and said not to be handed over" {
  server "$PORT" "$WORLD/data" --cluster-enabled yes --cluster-port "$OTHER"
  settings
  hook redis drain
  exits 1
  complains "a primary of a cluster is not handed over"
  says "saved"
  eventually 5 ended "$SERVER"
}

@test "redis: where no server runs it does not apply" {
  fake systemctl
  printf '#!/bin/sh\nexit 1\n' >"$BIN/pgrep"
  chmod 755 "$BIN/pgrep"
  settings
  hook redis drain
  exits 77
  hook redis undo
  exits 0
}
