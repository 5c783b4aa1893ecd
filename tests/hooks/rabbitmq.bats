#!/usr/bin/env bats
# hooks/rabbitmq, with one real node on loopback. It takes seconds to start, so all tests share it.

load support

setup_file() {
  [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || return 0
  export BROKER=$BATS_FILE_TMPDIR
  mkdir -p "$BROKER"/{home,mnesia,log,bin}
  local ports
  mapfile -t ports < <(/usr/bin/python3 -c '
import socket
sockets = [socket.socket() for _ in range(3)]
for s in sockets: s.bind(("127.0.0.1", 0))
for s in sockets: print(s.getsockname()[1])')
  export EPMD=${ports[2]}
  : >"$BROKER/plugins"
  echo hooks-test >"$BROKER/home/.erlang.cookie"
  chmod 400 "$BROKER/home/.erlang.cookie"
  local tool
  for tool in rabbitmq-server rabbitmqctl rabbitmq-diagnostics rabbitmq-upgrade rabbitmq-queues; do
    cat >"$BROKER/bin/$tool" <<END
#!/bin/sh
echo "$tool \$*" >>"\${CALLS:-/dev/null}"
export HOME=$BROKER/home RABBITMQ_NODENAME=hooks@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=${ports[0]} \\
  RABBITMQ_DIST_PORT=${ports[1]} ERL_EPMD_PORT=${ports[2]} ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_MNESIA_BASE=$BROKER/mnesia \\
  RABBITMQ_LOG_BASE=$BROKER/log RABBITMQ_ENABLED_PLUGINS_FILE=$BROKER/plugins RABBITMQ_CONF_ENV_FILE=/dev/null \\
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
exec /usr/lib/rabbitmq/bin/$tool "\$@"
END
    chmod 755 "$BROKER/bin/$tool"
  done
  "$BROKER/bin/rabbitmq-server" >"$BROKER/server.log" 2>&1 3>&- &
  echo $! >"$BROKER/pid"
  eventually 120 "$BROKER/bin/rabbitmq-diagnostics" --quiet check_running || { cat "$BROKER/server.log"; return 1; } >&3
}

ended() { ! kill -0 "$1" 2>/dev/null; }

teardown_file() {
  [ -n "${BROKER-}" ] || return 0
  "$BROKER/bin/rabbitmqctl" --quiet shutdown || :
  eventually 20 ended "$(cat "$BROKER/pid")"
  ERL_EPMD_PORT=$EPMD epmd -kill || :
}

prepare() {
  [ -n "${BROKER-}" ] || skip "rabbitmq-server is not installed"
  local tool
  for tool in "$BROKER"/bin/*; do ln -s "$tool" "$BIN"; done
}

broker() { "$BROKER/bin/$@"; }
maintenance() { broker rabbitmqctl --quiet eval 'rabbit_maintenance:is_being_drained_local_read(node()).'; }
runs() { broker rabbitmq-diagnostics --quiet check_running; }

@test "rabbitmq: a rehearsal asks the node, and changes nothing" {
  REHEARSAL=1
  hook rabbitmq drain
  exits 0
  says "would run: rabbitmq-upgrade --quiet drain"
  says "would run: rabbitmqctl --quiet stop_app"
  [ "$(maintenance)" = false ]
}

@test "rabbitmq: maintenance mode, then it stops; undo brings it back" {
  hook rabbitmq drain
  exits 0
  before "rabbitmq-upgrade --quiet drain" "rabbitmqctl --quiet stop_app"
  ! runs
  hook rabbitmq drain
  exits 0
  says "stopped already"
  hook rabbitmq undo
  exits 0
  runs
  [ "$(maintenance)" = false ]
}

@test "rabbitmq: a node somebody else put into maintenance stays so" {
  broker rabbitmq-upgrade --quiet drain
  echo STOP=no | conf rabbitmq
  hook rabbitmq drain
  exits 0
  says "in maintenance mode already"
  hook rabbitmq undo
  exits 0
  [ "$(maintenance)" = true ]
  broker rabbitmq-upgrade --quiet revive
}

@test "rabbitmq: its unit is stopped and started" {
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo active >"$WORLD/fake/units/rabbitmq-server.service"
  hook rabbitmq drain
  exits 0
  before "rabbitmq-upgrade --quiet drain" "systemctl stop rabbitmq-server.service"
  hook rabbitmq undo
  exits 0
  before "systemctl start rabbitmq-server.service" "rabbitmq-upgrade --quiet revive"
}

@test "rabbitmq: queues that lose their quorum are named, and the node leaves all the same" {
  rm "$BIN/rabbitmq-diagnostics"
  printf '#!/bin/sh\ncase $* in *quorum_critical*) echo "queue q in vhost / would lose its quorum"; exit 69 ;; esac\nexec %s "$@"\n' \
    "$BROKER/bin/rabbitmq-diagnostics" >"$BIN/rabbitmq-diagnostics"
  chmod 755 "$BIN/rabbitmq-diagnostics"
  echo STOP=no | conf rabbitmq
  hook rabbitmq drain
  exits 1
  complains "queue q in vhost / would lose its quorum"
  [ "$(maintenance)" = true ]
  hook rabbitmq undo
  exits 0
  [ "$(maintenance)" = false ]
}

@test "rabbitmq: a node that restarts is waited for, and where none runs it does not apply" {
  broker rabbitmqctl --quiet stop_app
  hook rabbitmq drain
  exits 77
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo activating >"$WORLD/fake/units/rabbitmq-server.service"
  : >"$CALLS"
  (eventually 60 grep -q check_running "$CALLS" && exec "$BROKER/bin/rabbitmqctl" --quiet start_app) 3>&- &
  hook rabbitmq drain
  exits 0
  called "systemctl stop rabbitmq-server.service"
  hook rabbitmq undo
  exits 0
}
