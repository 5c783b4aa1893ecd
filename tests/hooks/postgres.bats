#!/usr/bin/env bats
# hooks/postgres, with real servers of PostgreSQL on sockets of their own.

load support

prepare() {
  POSTGRES=$(find /usr/lib/postgresql/*/bin/initdb -printf '%h\n' 2>/dev/null | sort -V | tail -n 1)
  [ -n "$POSTGRES" ] || skip "initdb is not installed (package postgresql)"
  [ "$(id -u)" = 0 ] || skip "not root"
  PORT=$(free_port)
  OTHER=$(free_port)
  chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/test "$WORLD"
  install -d -o postgres "$WORLD/pg"
  fake systemctl
  mkdir -p "$WORLD/fake/units"
}

clean() {
  local file
  for file in "$WORLD"/pg/*/postmaster.pid; do
    [ ! -e "$file" ] || kill -QUIT "$(head -n 1 "$file")" 2>/dev/null || :
  done
}

as_postgres() { (cd / && exec setpriv --reuid postgres --regid postgres --init-groups env PATH="$POSTGRES:$PATH" "$@" 3>&-); }
sql() { as_postgres psql -X -At -h "$WORLD/pg" -p "$1" -d postgres -c "$2"; }

start() { # start NAME PORT
  as_postgres pg_ctl --silent --wait -D "$WORLD/pg/$1" -l "$WORLD/pg/$1.log" \
    -o "-c listen_addresses='' -c unix_socket_directories=$WORLD/pg -c port=$2 -c fsync=off -c max_wal_senders=3" start
  PID=$(head -n 1 "$WORLD/pg/$1/postmaster.pid")
}

primary() {
  as_postgres initdb --auth trust --no-sync -D "$WORLD/pg/primary" >"$WORLD/initdb.log"
  start primary "$PORT"
  sql "$PORT" 'create table t (v int)' >/dev/null
}

replica() {
  as_postgres pg_basebackup --checkpoint fast --no-sync -R -h "$WORLD/pg" -p "$PORT" -D "$WORLD/pg/replica"
  start replica "$OTHER"
  eventually 10 streaming
}

streaming() { [ "$(sql "$PORT" "select count(*) from pg_stat_replication where state = 'streaming'")" = 1 ]; }
ended() { ! kill -0 "$1" 2>/dev/null; }

# settings PORT PID [SETTING...]
settings() {
  echo "active $2" >"$WORLD/fake/units/postgresql.service"
  printf '%s\n' "PSQL=psql -h $WORLD/pg -p $1" "${@:3}" | conf postgres
}

@test "postgres: a replica is stopped, and its primary stays; undo starts it" {
  primary
  local first=$PID
  replica
  settings "$OTHER" "$PID"
  hook postgres drain
  exits 0
  eventually 10 ended "$PID"
  kill -0 "$first"
  hook postgres drain
  exits 0
  says "stopped already"
  hook postgres undo
  exits 0
  called "systemctl start postgresql.service"
}

@test "postgres: a primary that nothing hands over is not stopped, and the rehearsal says so" {
  primary
  settings "$PORT" "$PID"
  REHEARSAL=1
  hook postgres drain
  exits 1
  complains "nothing here hands it over: not stopped. Set FAILOVER, STANDBY or PRIMARY=stop"
  REHEARSAL=0
  hook postgres drain
  exits 1
  kill -0 "$PID"
  hook postgres undo
  exits 0
  never_called "systemctl start"
  settings "$PORT" "$PID" PRIMARY=stop
  hook postgres drain
  exits 0
  eventually 10 ended "$PID"
}

@test "postgres: a primary stops and its replica is promoted, with all that was written; undo starts no second primary" {
  primary
  local first=$PID
  replica
  settings "$PORT" "$first" "STANDBY=host=$WORLD/pg port=$OTHER dbname=postgres"
  REHEARSAL=1
  hook postgres drain
  exits 0
  says "would promote"
  [ "$(sql "$OTHER" 'select pg_is_in_recovery()')" = t ]
  REHEARSAL=0
  sql "$PORT" 'insert into t select generate_series(1, 1000)' >/dev/null
  hook postgres drain
  exits 0
  says "the replica of STANDBY is promoted"
  eventually 10 ended "$first"
  [ "$(sql "$OTHER" 'select pg_is_in_recovery(), count(*) from t')" = 'f|1000' ]
  hook postgres undo
  exits 1
  complains "another server is the primary now"
  never_called "systemctl start"
}

@test "postgres: a replica that does not stream is not handed over to" {
  primary
  settings "$PORT" "$PID" "STANDBY=host=$WORLD/pg port=$OTHER dbname=postgres"
  hook postgres drain
  exits 1
  complains "STANDBY does not answer, or is no replica"
  kill -0 "$PID"
}

@test "postgres: FAILOVER hands over before the server stops; where it fails the server stays" {
  primary
  settings "$PORT" "$PID" "FAILOVER=echo handed over >>$CALLS"
  hook postgres drain
  exits 0
  before "handed over" "systemctl stop postgresql.service"
  rm -rf "${STATE:?}"/*
  start primary "$PORT"
  settings "$PORT" "$PID" FAILOVER=false
  : >"$CALLS"
  hook postgres drain
  exits 1
  complains "FAILOVER failed"
  never_called "systemctl stop"
  hook postgres undo
  exits 0
}

@test "postgres: a client in the middle of something is waited for" {
  primary
  settings "$PORT" "$PID" PRIMARY=stop
  sql "$PORT" "select pg_sleep(2); insert into t values (42)" >"$WORLD/client" 2>&1 3>&- &
  local client=$!
  eventually 10 eval 'sql "$PORT" "select query from pg_stat_activity" | grep -q pg_sleep.2'
  hook postgres drain
  exits 0
  wait "$client"
}

@test "postgres: a server that starts is waited for; one that does not run does not apply" {
  primary
  as_postgres pg_ctl --silent --wait -D "$WORLD/pg/primary" stop
  printf '#!/bin/sh\n: >%s\nexec psql "$@"\n' "$WORLD/pg/asked" >"$BIN/ask-psql"
  chmod 755 "$BIN/ask-psql" "$BIN"
  settings "$PORT" $$ PRIMARY=stop "PSQL=$BIN/ask-psql -h $WORLD/pg -p $PORT"
  echo activating >"$WORLD/fake/units/postgresql.service"
  (eventually 20 test -e "$WORLD/pg/asked" && start primary "$PORT") >/dev/null 3>&- &
  hook postgres drain
  exits 0
  called "systemctl stop postgresql.service"
  rm -rf "${STATE:?}"/* "$WORLD/fake/units/postgresql.service"
  hook postgres drain
  exits 77
}
