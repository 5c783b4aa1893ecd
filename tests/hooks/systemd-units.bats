#!/usr/bin/env bats
# hooks/systemd-units, with a fake systemctl; tests/system has the real one.

load support

prepare() {
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  for unit in web.service worker.service db.service; do echo active >"$WORLD/fake/units/$unit"; done
  echo 'UNITS=web.service worker.service db.service' | conf systemd-units
}

@test "systemd-units: units are stopped in order and started in reverse" {
  hook systemd-units drain
  exits 0
  before "stop web.service" "stop worker.service"
  before "stop worker.service" "stop db.service"
  : >"$CALLS"
  hook systemd-units undo
  exits 0
  before "start db.service" "start worker.service"
  before "start worker.service" "start web.service"
}

@test "systemd-units: what was not running is neither stopped nor started" {
  echo inactive >"$WORLD/fake/units/worker.service"
  hook systemd-units drain
  exits 0
  says "worker.service is not running"
  hook systemd-units undo
  never_called "stop worker.service"
  never_called "start worker.service"
}

@test "systemd-units: when the machine is going down, a stop does not wait for systemd's own" {
  hook systemd-units drain
  never_called ignore-dependencies
  hook systemd-units undo
  echo stopping >"$WORLD/fake/system"
  hook systemd-units drain
  exits 0
  called "systemctl stop --job-mode=ignore-dependencies web.service"
}

@test "systemd-units: a drain run again still undoes all that the first had stopped" {
  hook systemd-units drain
  hook systemd-units drain
  exits 0
  hook systemd-units undo
  called "start web.service"
  called "start db.service"
}

@test "systemd-units: a slow unit leaves the next ones their turn" {
  echo slow >"$WORLD/fake/units/web.service"
  SECONDS_LEFT=11
  hook systemd-units drain
  exits 1
  complains "web.service has not stopped"
  called "stop db.service"
  says "db.service stopped"
}

@test "systemd-units: a unit that fails to stop is named, the rest go on" {
  echo stuck >"$WORLD/fake/units/web.service"
  hook systemd-units drain
  exits 1
  says "worker.service stopped"
}

@test "systemd-units: nothing listed is not applicable" {
  rm "$CONF/systemd-units.conf"
  hook systemd-units drain
  exits 77
}

@test "systemd-units: a unit that does not exist is named; that fails a rehearsal and no drain" {
  echo 'UNITS=wbe.service db.service' | conf systemd-units
  REHEARSAL=1
  hook systemd-units drain
  exits 1
  complains "systemd knows no unit wbe.service"
  REHEARSAL=0
  hook systemd-units drain
  exits 0
  complains "systemd knows no unit wbe.service"
  says "db.service stopped"
}

@test "systemd-units: a list is never taken for file names" {
  echo 'UNITS=*.service' | conf systemd-units
  hook systemd-units drain
  called "is-active *.service"
}
