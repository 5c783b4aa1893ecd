#!/usr/bin/env bats
# hooks/node-exporter-marker.

load support

prepare() {
  mkdir -p "$WORLD/textfile"
  printf '%s\n' "METRICS_DIR=$WORLD/textfile" "MARKER=$WORLD/draining" | conf node-exporter-marker
}

@test "node-exporter-marker: metrics and marker appear, and undo removes them" {
  hook node-exporter-marker drain
  exits 0
  grep -qxF 'preemptd_node_draining{instance_id="i-1",behavior="terminate"} 1' "$WORLD/textfile/preemptd_node.prom"
  grep -qxF 'preemptd_node_termination_time_seconds 1893456300' "$WORLD/textfile/preemptd_node.prom"
  [ "$(cat "$WORLD/draining")" = 2030-01-01T00:05:00Z ]
  [ "$(ls "$WORLD/textfile")" = preemptd_node.prom ]
  hook node-exporter-marker undo
  exits 0
  [ -z "$(ls "$WORLD/textfile")" ] && [ ! -e "$WORLD/draining" ]
}

@test "node-exporter-marker: the metrics are in the exposition format" {
  needs promtool prometheus
  hook node-exporter-marker drain
  promtool check metrics <"$WORLD/textfile/preemptd_node.prom"
}

@test "node-exporter-marker: a wrong folder is a wrong setting, not a missing exporter" {
  echo "METRICS_DIR=$WORLD/absent" | conf node-exporter-marker
  hook node-exporter-marker drain
  exits 78
}

@test "node-exporter-marker: one place failing does not cost the other" {
  printf '%s\n' "METRICS_DIR=$WORLD/textfile" "MARKER=$WORLD/absent/draining" | conf node-exporter-marker
  hook node-exporter-marker drain
  exits 1
  complains "cannot write $WORLD/absent/draining"
  [ -s "$WORLD/textfile/preemptd_node.prom" ]
}

@test "node-exporter-marker: what it leaves that a boot does not clear is listed, and a rehearsal warns of such a marker" {
  REHEARSAL=1
  hook node-exporter-marker drain
  exits 0
  complains "MARKER=$WORLD/draining outlives a boot"
  REHEARSAL=0
  hook node-exporter-marker drain
  exits 0
  grep -qxF "$WORLD/textfile/preemptd_node.prom" "$STATE/outside"
  grep -qxF "$WORLD/draining" "$STATE/outside"
  hook node-exporter-marker undo
  [ ! -e "$STATE/outside" ]
}

@test "node-exporter-marker: a boot removes the metrics that an image made in mid-drain carries" {
  needs systemd-tmpfiles systemd
  local rules folder root=$WORLD/root
  rules=$(readlink -f "$BATS_TEST_DIRNAME/../../packaging/systemd/preemptd.tmpfiles.conf")
  for folder in /var/lib/prometheus/node-exporter /var/lib/node_exporter/textfile_collector; do
    mkdir -p "$root$folder"
    touch "$root$folder/preemptd_node.prom" "$root$folder/other.prom"
  done
  systemd-tmpfiles --root="$root" --boot --remove "$rules" || :
  [ "$(find "$root" -name '*.prom' | sed 's|.*/||' | sort -u)" = other.prom ]
}
