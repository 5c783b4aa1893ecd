#!/usr/bin/env bats
# hooks/nginx, with the real nginx.

load support

prepare() {
  fake systemd-run
  PIDFILE=$WORLD/nginx.pid
  printf '%s\n' "PIDFILE=$PIDFILE" "START=nginx -c $WORLD/nginx.conf" | conf nginx
}

clean() {
  [ ! -s "$PIDFILE" ] || kill -9 -- "-$(ps -o pgid= "$(cat "$PIDFILE")" | tr -d ' ')" 2>/dev/null || :
}

start_nginx() {
  needs nginx nginx-light
  needs curl curl
  PORT=$(free_port)
  mkdir -p "$WORLD/www"
  head -c "${1-4096}" /dev/zero >"$WORLD/www/slow"
  cat >"$WORLD/nginx.conf" <<END
user root;
pid $PIDFILE;
error_log $WORLD/error.log;
events {}
http {
  access_log off;
  client_body_temp_path $WORLD/t1; proxy_temp_path $WORLD/t2; fastcgi_temp_path $WORLD/t3; uwsgi_temp_path $WORLD/t4; scgi_temp_path $WORLD/t5;
  server { listen 127.0.0.1:$PORT; root $WORLD/www; limit_rate 1k; }
}
END
  chmod 755 "$BATS_RUN_TMPDIR" "$WORLD" 2>/dev/null || :
  "$(PATH=$TOOLS command -v nginx)" -c "$WORLD/nginx.conf" 3>&-
  eventually 5 test -s "$PIDFILE"
  eventually 5 listening "$PORT"
}

slow_request() {
  curl -sS -o "$WORLD/got" "http://127.0.0.1:$PORT/slow" 3>&- &
  REQUEST=$!
  eventually 5 test -s "$WORLD/got"
}

@test "nginx: a request under way is finished, new ones are refused, then nginx is gone" {
  start_nginx 1500
  slow_request
  hook nginx drain
  exits 0
  says "finished its requests"
  wait "$REQUEST"
  [ "$(stat -c %s "$WORLD/got")" -eq 1500 ]
  ! listening "$PORT"
  hook nginx drain
  exits 0
  says "no nginx runs"
  hook nginx undo
  exits 0
  eventually 5 listening "$PORT"
  called "systemd-run --quiet --property=Type=forking -- nginx -c"
}

@test "nginx: requests longer than the slot are cut off, and it says so" {
  start_nginx 60000
  slow_request
  SECONDS_LEFT=4
  hook nginx drain
  exits 1
  complains "cut off"
  eventually 3 test ! -e "$PIDFILE"
  wait "$REQUEST" || :
}

@test "nginx: under systemd its unit is stopped too, so that nothing starts it again; undo starts the unit" {
  start_nginx 10
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo active >"$WORLD/fake/units/nginx.service"
  hook nginx drain
  exits 0
  called "systemctl stop nginx.service"
  ! listening "$PORT"
  hook nginx undo
  exits 0
  called "systemctl start nginx.service"
}

@test "nginx: a rehearsal leaves it serving" {
  start_nginx 10
  REHEARSAL=1
  hook nginx drain
  exits 0
  says "would send SIGQUIT"
  listening "$PORT"
}

@test "nginx: a stale pid file is not believed" {
  echo $$ >"$PIDFILE"
  hook nginx drain
  exits 0
  says "no nginx runs"
  rm "$PIDFILE"
}

@test "nginx: a request of a worker from before a reload is finished" {
  start_nginx 3000
  slow_request
  kill -HUP "$(cat "$PIDFILE")"
  hook nginx drain
  exits 0
  wait "$REQUEST"
  [ "$(stat -c %s "$WORLD/got")" -eq 3000 ]
}

@test "nginx: a request of a master from before a binary upgrade is finished, and that master is gone" {
  start_nginx 3000
  slow_request
  local old
  old=$(cat "$PIDFILE")
  kill -USR2 "$old"
  eventually 5 test -s "$PIDFILE.oldbin"
  eventually 5 test -s "$PIDFILE"
  kill -WINCH "$old"
  hook nginx drain
  exits 0
  wait "$REQUEST"
  [ "$(stat -c %s "$WORLD/got")" -eq 3000 ]
  [ ! -e "/proc/$old" ]
}

@test "nginx: a unit that is starting or between two starts is stopped, and undo starts it" {
  needs nginx nginx-light
  fake systemctl
  mkdir -p "$WORLD/fake/units" "$WORLD/fake/triggers"
  echo activating >"$WORLD/fake/units/nginx.service"
  echo nginx.path >"$WORLD/fake/triggers/nginx.service"
  echo active >"$WORLD/fake/units/nginx.path"
  hook nginx drain
  exits 0
  before "stop nginx.path" "stop nginx.service"
  hook nginx undo
  exits 0
  before "start nginx.path" "start nginx.service"
}

@test "nginx: a unit whose pid file is not the one that is set is found by its main process" {
  start_nginx 10
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo "active $(cat "$PIDFILE")" >"$WORLD/fake/units/nginx.service"
  sed -i "s|^PIDFILE=.*|PIDFILE=$WORLD/other.pid|" "$CONF/nginx.conf"
  hook nginx drain
  exits 0
  says "nginx finished its requests"
  ! listening "$PORT"
}

@test "nginx: one that comes back is named" {
  start_nginx 10
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo returns >"$WORLD/fake/units/nginx.service"
  hook nginx drain
  exits 1
  complains "nginx.service was started again by something else"
}
