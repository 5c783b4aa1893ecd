# Ready-made hooks where they are installed, enabled as an operator does, with a real systemd and the distribution's own units:
# what they stop, undo starts, and it stays.

# Those of nginx, haproxy and rsyslog that this machine has, running, at ports that the simulator leaves.
start_servers() {
  servers=
  [ ! -d /etc/nginx ] || echo 'server { listen 127.0.0.1:8080; }' >/etc/nginx/sites-available/default
  [ ! -d /etc/haproxy ] ||
    printf '%s\n' 'listen web' '  mode tcp' '  bind 127.0.0.1:8081' '  server nginx 127.0.0.1:8080' >>/etc/haproxy/haproxy.cfg
  for unit in nginx haproxy rsyslog; do
    if ! systemctl cat $unit.service >/dev/null 2>&1; then echo "SKIP $unit under systemd: it is not installed"; continue; fi
    systemctl restart $unit.service || { journalctl --no-pager -n 20 -u $unit.service >&2; return 1; }
    servers="$servers $unit.service"
  done
}

# A second nginx, that no unit runs, and the hook once more for it. What a hook starts is gone with the hook, unless it sees to it.
start_second_nginx() {
  second=
  if [ ! -d /etc/nginx ]; then echo "SKIP a second nginx without a unit: it is not installed"; return; fi
  cat >/etc/nginx/second.conf <<'NGINX'
pid /run/nginx-b.pid;
events {}
http { server { listen 127.0.0.1:8082; } }
NGINX
  printf '%s\n' PIDFILE=/run/nginx-b.pid UNIT=none.service 'START=nginx -c /etc/nginx/second.conf' >/etc/preemptd/hooks.conf.d/nginx-b.conf
  ln -s /usr/share/preemptd/hooks/nginx /etc/preemptd/hooks.d/30-nginx-b
  systemd-run --quiet --scope --unit=second nginx -c /etc/nginx/second.conf
  eventually 10 second_nginx_lives
  second=$(cat /run/nginx-b.pid)
}
second_nginx_lives() { [ -s /run/nginx-b.pid ] && kill -0 "$(cat /run/nginx-b.pid)"; }

boot_1() {
  eventually 20 watching
  for unit in front back; do
    printf '%s\n' '[Service]' 'ExecStart=/bin/sleep infinity' >"/etc/systemd/system/$unit.service"
  done
  systemctl daemon-reload
  systemctl start front.service back.service
  mkdir -p /var/lib/prometheus/node-exporter /run/train
  cat >/run/train/train.sh <<'TRAIN'
trap 'echo "step 77" >/run/train/done' USR1
echo ready >/run/train/ready
while :; do sleep 0.1; done
TRAIN
  systemd-run --quiet --unit=train /bin/bash /run/train/train.sh
  eventually 10 [ -e /run/train/ready ]
  local conf=/etc/preemptd/hooks.conf.d
  echo 'UNITS=front.service back.service' >$conf/systemd-units.conf
  start_servers
  start_second_nginx
  printf '%s\n' UNIT=train.service DONE_FILE=/run/train/done >$conf/checkpoint.conf
  for name in node-exporter-marker wall checkpoint nginx haproxy systemd-units log-flush; do preemptctl hooks enable $name; done
  grep -qx '#PIDFILE=/run/nginx.pid' $conf/nginx.conf
  grep -qx 'UNITS=front.service back.service' $conf/systemd-units.conf
  preemptctl hooks lint
  reclaim --notice-seconds 300
  eventually 30 drain_is_over
  record '[.hooks[] | select(.result.outcome != "ok" and .result.outcome != "skipped")] == []'
  record '[.hooks[] | select(.result.outcome == "ok") | .name] | length >= 5'
  record '.hooks[] | select(.name == "15-checkpoint") | .stdout.tail | contains("saved at step 77")'
  is front.service ActiveState inactive
  is back.service ActiveState inactive
  for unit in $servers; do
    # syslog.socket starts rsyslog again with the next line that is logged; what it held was written by then.
    [ "$unit" = rsyslog.service ] || is "$unit" ActiveState inactive
  done
  if [ -n "$second" ]; then
    record '.hooks[] | select(.name == "30-nginx-b") | .stdout.tail | contains("is gone")'
    no kill -0 "$second"
  fi
  grep -q preemptd_node_draining /var/lib/prometheus/node-exporter/preemptd_node.prom
  preempt-sim withdraw --admin $admin
  eventually 60 reported preemptd.undo.finished
  is front.service ActiveState active
  is back.service ActiveState active
  for unit in $servers; do eventually 10 is "$unit" ActiveState active; done
  if [ -n "$second" ]; then
    eventually 10 is preemptd-drain.service ActiveState inactive
    second_nginx_lives
    [ "$(cat /run/nginx-b.pid)" != "$second" ]
  fi
  no [ -e /var/lib/prometheus/node-exporter/preemptd_node.prom ]
}
