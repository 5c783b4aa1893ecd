#!/usr/bin/env bats
# hooks/workers, with real workers of Celery and RQ and a real Redis between them.

load support

prepare() {
  needs redis-server redis-server
  "$PYTHON" -c 'import celery, rq' 2>/dev/null || skip "celery or rq is not installed (packages python3-celery, python3-rq)"
  PORT=$(free_port)
  redis-server --port "$PORT" --bind 127.0.0.1 --dir "$WORLD" --save "" >"$WORLD/redis.log" 2>&1 3>&- &
  REDIS=$!
  eventually 10 eval "redis-cli -p $PORT PING | grep -q PONG"
  cat >"$WORLD/tasks.py" <<END
import os, pathlib, time
from celery import Celery
W = pathlib.Path("$WORLD")
app = Celery("tasks", broker="redis://127.0.0.1:$PORT/0")
app.conf.worker_prefetch_multiplier = 1
app.conf.task_acks_late = True
# A task runs as long as a test holds it.
@app.task
def held(name):
    (W / f"started.{name}").touch()
    while (W / f"hold.{name}").exists():
        time.sleep(0.1)
    (W / f"done.{name}").touch()
END
}

clean() {
  local pid
  for pid in ${WORKER-} $(pgrep -f "$WORLD" || :) ${REDIS-}; do
    disown "$pid" 2>/dev/null || :
    kill -9 "$pid" 2>/dev/null || :
  done
}

in_world() { (cd "$WORLD" && PYTHONPATH=$WORLD exec "$@"); }

celery_worker() {
  in_world env "${@}" "$PYTHON" -m celery -A tasks worker --concurrency 1 --loglevel WARNING --pidfile "$WORLD/worker.pid" >"$WORLD/worker.log" 2>&1 3>&- &
  WORKER=$!
  eventually 60 test -s "$WORLD/worker.pid"
}

rq_worker() {
  in_world rq worker --url "redis://127.0.0.1:$PORT/0" --pid "$WORLD/worker.pid" q >"$WORLD/worker.log" 2>&1 3>&- &
  WORKER=$!
  eventually 60 test -s "$WORLD/worker.pid"
}

# task celery|rq NAME: starts when a worker takes it, and is held.
task() {
  touch "$WORLD/hold.$2"
  case $1 in
    celery) in_world "$PYTHON" -c "import tasks; tasks.held.delay('$2')" ;;
    rq) in_world "$PYTHON" -c "import redis, rq; rq.Queue('q', connection=redis.Redis(port=$PORT)).enqueue('tasks.held', '$2')" ;;
  esac
}

by_pidfile() { printf '%s\n' "PIDFILES=$WORLD/worker.pid" "$@" | conf workers; }
ended() { ! kill -0 "$1" 2>/dev/null; }

# drained_while NAME: the drain waits for the task NAME, which ends only when it has been seen to.
drained_while() {
  (eventually 60 test -e "$STATE/told" && sleep 1 && kill -0 "$WORKER" && touch "$WORLD/waited" && rm "$WORLD/hold.$1") 3>&- &
  hook workers drain
  exits 0
  [ -e "$WORLD/waited" ] && [ -e "$WORLD/done.$1" ]
}

@test "workers: Celery: the running task ends, no other begins, then the worker is gone" {
  celery_worker A=b
  task celery one
  eventually 60 test -e "$WORLD/started.one"
  task celery two
  by_pidfile
  drained_while one
  says "1 workers have finished"
  eventually 5 ended "$WORKER"
  [ ! -e "$WORLD/started.two" ]
  hook workers drain
  exits 0
  says "stopped already"
  hook workers undo
  exits 1
  complains "started by hand"
}

@test "workers: Celery: a task longer than the slot is given back to the queue" {
  celery_worker A=b
  task celery one
  eventually 60 test -e "$WORLD/started.one"
  by_pidfile LEAD=12
  SECONDS_LEFT=20
  hook workers drain
  exits 1
  complains "still has tasks: ended by SIGQUIT"
  eventually 5 ended "$WORKER"
  rm "$WORLD/hold.one" "$WORLD/started.one" "$WORLD/worker.pid" 2>/dev/null || :
  celery_worker A=b
  eventually 60 test -e "$WORLD/done.one"
}

@test "workers: Celery with REMAP_SIGTERM: its TERM would end tasks, so it gets another" {
  celery_worker REMAP_SIGTERM=SIGQUIT
  task celery one
  eventually 60 test -e "$WORLD/started.one"
  by_pidfile
  REHEARSAL=1
  hook workers drain
  exits 0
  says "would send SIGINT"
  REHEARSAL=0
  drained_while one
}

@test "workers: RQ: the running job ends, no other begins; a drain called again sends no second signal" {
  rq_worker
  task rq one
  eventually 60 test -e "$WORLD/started.one"
  task rq two
  by_pidfile
  hook_env "$HOOKS/workers" drain >/dev/null 2>&1 3>&- &
  eventually 20 test -e "$STATE/told"
  kill -9 "$!"
  drained_while one
  [ ! -e "$WORLD/started.two" ]
}

@test "workers: the unit that runs a worker is stopped and, by undo, started" {
  rq_worker
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo "active $WORKER" >"$WORLD/fake/units/rq@1.service"
  echo activating >"$WORLD/fake/units/waits.service"
  echo "UNITS=rq@*.service waits.service none.service" | conf workers
  hook workers drain
  exits 0
  called "systemctl stop rq@1.service"
  called "systemctl stop waits.service"
  never_called "stop none.service"
  eventually 5 ended "$WORKER"
  hook workers undo
  exits 0
  called "systemctl start rq@1.service"
}

@test "workers: with nothing set, or no worker here, it does not apply" {
  hook workers drain
  exits 77
  by_pidfile
  echo $$ >"$WORLD/worker.pid"
  hook workers drain
  exits 77
  hook workers undo
  exits 0
}
