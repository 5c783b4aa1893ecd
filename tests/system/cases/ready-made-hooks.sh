# Ready-made hooks where they are installed, enabled by links, with a real systemd: what they stop, undo starts.
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
  echo 'UNITS=' >$conf/log-flush.conf
  printf '%s\n' UNIT=train.service DONE_FILE=/run/train/done >$conf/checkpoint.conf
  for name in 05-node-exporter-marker 05-wall 15-checkpoint 50-systemd-units 90-log-flush; do
    ln -s "/usr/share/preemptd/hooks/${name#*-}" "/etc/preemptd/hooks.d/$name"
  done
  reclaim --notice-seconds 300
  eventually 30 drain_is_over
  record '[.hooks[] | select(.result.outcome == "ok") | .name] | length == 5'
  record '.hooks[] | select(.name == "15-checkpoint") | .stdout.tail | contains("saved at step 77")'
  is front.service ActiveState inactive
  is back.service ActiveState inactive
  grep -q preemptd_node_draining /var/lib/prometheus/node-exporter/preemptd_node.prom
  preempt-sim withdraw --admin $admin
  eventually 60 reported preemptd.undo.finished
  is front.service ActiveState active
  is back.service ActiveState active
  no [ -e /var/lib/prometheus/node-exporter/preemptd_node.prom ]
}
