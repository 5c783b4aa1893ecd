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
  echo 'UNITS=*.conf' | conf systemd-units
  hook systemd-units drain
  called "list-units --all --plain --no-legend --full *.conf"
  complains "systemd has no unit *.conf"
}

@test "systemd-units: a pattern stands for the units there are, and undo starts those by their names" {
  echo active >"$WORLD/fake/units/worker@a.service"
  echo active >"$WORLD/fake/units/worker@b.service"
  echo inactive >"$WORLD/fake/units/worker@c.service"
  echo 'UNITS=worker@*.service' | conf systemd-units
  hook systemd-units drain
  exits 0
  says "worker@a.service stopped"
  says "worker@b.service stopped"
  never_called "stop web.service"
  hook systemd-units undo
  exits 0
  called "systemctl start worker@a.service"
  called "systemctl start worker@b.service"
  never_called "start worker@c.service"
  never_called "start worker@*"
}

@test "systemd-units: a unit on its way up or between two starts is stopped, not passed over" {
  local state
  for state in activating reloading; do
    echo "$state" >"$WORLD/fake/units/web.service"
    hook systemd-units drain
    exits 0
    says "web.service stopped"
    [ "$(cat "$WORLD/fake/units/web.service")" = inactive ]
    hook systemd-units undo
    called "systemctl start web.service"
  done
}

@test "systemd-units: what somebody else is stopping is waited for, and not started by undo" {
  echo deactivating >"$WORLD/fake/units/web.service"
  echo deactivating >"$WORLD/fake/units/db.service"
  printf '%s\n' '12 web.service stop running' '13 db.service restart running' >"$WORLD/fake/jobs"
  hook systemd-units drain
  exits 0
  called "stop web.service"
  hook systemd-units undo
  never_called "start web.service"
  called "start db.service"
}

@test "systemd-units: what would start a unit again is stopped before it, and started before it by undo" {
  mkdir "$WORLD/fake/triggers"
  echo web.socket web.timer >"$WORLD/fake/triggers/web.service"
  echo db.path >"$WORLD/fake/triggers/db.service"
  echo active >"$WORLD/fake/units/web.socket"
  echo inactive >"$WORLD/fake/units/web.timer"
  echo active >"$WORLD/fake/units/db.path"
  echo inactive >"$WORLD/fake/units/db.service"
  hook systemd-units drain
  exits 0
  before "stop web.socket" "stop web.service"
  called "stop db.path"
  never_called "stop web.timer"
  hook systemd-units drain
  hook systemd-units undo
  exits 0
  before "start web.socket" "start web.service"
  called "start db.path"
  never_called "start db.service"
  never_called "start web.timer"
}

@test "systemd-units: a unit that something starts again is named and stopped once more" {
  echo returns >"$WORLD/fake/units/web.service"
  hook systemd-units drain
  exits 1
  complains "web.service was started again by something else; stopped once more"
  [ "$(cat "$WORLD/fake/units/web.service")" = inactive ]
}

@test "systemd-units: a systemd that restarts itself is asked again, and its silence is no stopped unit" {
  echo 3 >"$WORLD/fake/restarting"
  hook systemd-units drain
  for unit in web worker db; do [ "$(cat "$WORLD/fake/units/$unit.service")" = inactive ]; done
  echo active >"$WORLD/fake/units/web.service"
  echo 1000 >"$WORLD/fake/restarting"
  SECONDS_LEFT=30
  hook systemd-units drain
  exits 1
  complains "systemd does not answer for web.service"
  [[ $output != *"not running"* ]]
}

@test "systemd-units: a rehearsal finds a unit that may not be stopped by hand" {
  mkdir "$WORLD/fake/refuses"
  touch "$WORLD/fake/refuses/db.service"
  REHEARSAL=1
  hook systemd-units drain
  exits 1
  complains "db.service cannot be stopped by hand"
}
