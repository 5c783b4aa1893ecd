#!/usr/bin/env bats
# hooks/ci-runner: small runners that take signals as the real ones do, and servers that check what they are sent.

load support

clean() {
  local pid
  for pid in ${RUNNER-} ${SERVER-} ${WORKER-} ${LISTENER-} $(cat "$WORLD"/fake/*.pid 2>/dev/null); do
    disown "$pid" 2>/dev/null || :
    kill -9 "$pid" 2>/dev/null || :
  done
  if [ -n "${CGROUPS-}" ]; then
    eventually 5 rmdir "$CGROUPS"/*.service
    umount "$CGROUPS"
  fi
}

# runner gitlab-runner|buildkite-agent JOB-SECONDS
runner() {
  fake "$1"
  echo "$2" >"$WORLD/fake/job"
  CALLS="$CALLS" FAKE="$WORLD/fake" env --default-signal=QUIT,INT "$BIN/$1" run 3>&- &
  RUNNER=$!
  eventually 5 test -s "$WORLD/fake/$1.pid"
}

gitlab() { printf '%s\n' "GITLAB_PIDFILE=$WORLD/fake/gitlab-runner.pid" "$@" | conf ci-runner; }

servers() {
  needs curl curl
  needs jq jq
  jq -n '{labels: ["gpu", "x64"], offline: false} | '"${1-.}" >"$WORLD/fake/ci.json"
  "$PYTHON" "$FAKES/ci-servers.py" "$WORLD/fake" 3>&- &
  SERVER=$!
  eventually 5 test -s "$WORLD/fake/port"
  URL=http://127.0.0.1:$(cat "$WORLD/fake/port")
  echo ght >"$WORLD/github.token"
  echo ops:jt >"$WORLD/jenkins.auth"
}

github() {
  mkdir -p "$WORLD/runner/bin"
  printf '\357\273\277{"agentId": 42, "agentName": "r"}' >"$WORLD/runner/.runner"
  printf '%s\n' "GITHUB_DIR=$WORLD/runner" GITHUB_SCOPE=repos/o/r "GITHUB_TOKEN_FILE=$WORLD/github.token" \
    "GITHUB_API=$URL" "$@" | conf ci-runner
}

jenkins() {
  printf '%s\n' "JENKINS_URL=$URL/jenkins/" JENKINS_NODE=n1 "JENKINS_AUTH_FILE=$WORLD/jenkins.auth" "$@" | conf ci-runner
}

requests() { grep -c "$1" "$WORLD/fake/requests"; }
ci() { jq -c "$1" "$WORLD/fake/ci.json"; }

@test "ci-runner: GitLab: the running job ends, then the runner is gone" {
  runner gitlab-runner 2
  gitlab
  hook ci-runner drain
  exits 0
  called "job done"
  never_called "aborted"
  says "gitlab: out of service"
  hook ci-runner drain
  exits 0
  says "stopped already"
}

@test "ci-runner: GitLab: a job longer than the slot is handed back, and the runner deregistered" {
  runner gitlab-runner 60
  gitlab LEAD=18 DEREGISTER=yes "HAND_BACK=echo handed back \$1 >>$CALLS"
  SECONDS_LEFT=20
  hook ci-runner drain
  exits 1
  complains "a job still runs"
  before "handed back gitlab" "job aborted"
  called "gitlab-runner unregister --all-runners"
}

@test "ci-runner: GitLab under systemd: its unit is stopped, and started by undo" {
  runner gitlab-runner 0
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo "active $(cat "$WORLD/fake/gitlab-runner.pid")" >"$WORLD/fake/units/gitlab-runner.service"
  hook ci-runner drain
  exits 0
  called "systemctl stop gitlab-runner.service"
  : >"$CALLS"
  hook ci-runner drain
  exits 0
  called "systemctl stop gitlab-runner.service"
  hook ci-runner undo
  exits 0
  called "systemctl start gitlab-runner.service"
}

@test "ci-runner: Buildkite: one TERM to finish, a second to let go" {
  runner buildkite-agent 60
  printf '%s\n' "BUILDKITE_PIDFILE=$WORLD/fake/buildkite-agent.pid" LEAD=16 | conf ci-runner
  SECONDS_LEFT=20
  hook ci-runner drain
  exits 1
  called "job aborted"
  says "buildkite: out of service"
}

@test "ci-runner: GitHub: labels go, the job's end is waited for, undo gives the labels back" {
  servers
  github DEREGISTER=no
  (exec -a "$WORLD/runner/bin/Runner.Worker" bash -c "until grep -q DELETE $CALLS; do sleep 0.1; done; sleep 0.5; echo 'job ended' >>$CALLS") 3>&- &
  WORKER=$!
  hook ci-runner drain
  exits 0
  [ "$(ci .labels)" = '[]' ]
  before "DELETE /repos/o/r/actions/runners/42/labels" "job ended"
  hook ci-runner undo
  exits 0
  [ "$(ci .labels)" = '["gpu","x64"]' ]
}

@test "ci-runner: GitHub: its folder may be a link and end in a slash; the running job is seen all the same" {
  servers
  github
  ln -s "$WORLD/runner" "$WORLD/link"
  printf '%s\n' "GITHUB_DIR=$WORLD/link/" LEAD=16 | conf ci-runner
  (exec -a "$WORLD/runner/bin/Runner.Worker" sleep 60) 3>&- &
  WORKER=$!
  SECONDS_LEFT=20
  hook ci-runner drain
  exits 1
  complains "github: a job still runs"
}

@test "ci-runner: GitHub and Jenkins without jq: it is named, and the runner is stopped all the same" {
  servers
  github DEREGISTER=yes
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo actions.service >"$WORLD/runner/.service"
  echo active >"$WORLD/fake/units/actions.service"
  : >"$WORLD/empty"
  with_mounts "mount --bind $WORLD/empty $(readlink -f "$(PATH=$TOOLS command -v jq)")"
  hook ci-runner drain
  exits 1
  called "systemctl stop actions.service"
  complains "jq is needed"
  complains "no agentId"
  never_called DELETE
}

@test "ci-runner: GitHub: deregistered if asked to; the token is in no argument list" {
  servers
  github DEREGISTER=yes
  printf '#!/bin/sh\necho "curl $*" >>%s\nexec %s "$@"\n' "$CALLS" "$(PATH=$TOOLS command -v curl)" >"$WORLD/curl"
  chmod 755 "$WORLD/curl"
  ln -s "$WORLD/curl" "$BIN/curl"
  hook ci-runner drain
  exits 0
  called "DELETE /repos/o/r/actions/runners/42 "
  called "curl --silent"
  never_called ght
}

@test "ci-runner: Jenkins: offline, idle, disconnected; undo brings it back, once" {
  servers ".busy_until = (now + 1)"
  jenkins
  hook ci-runner drain
  exits 0
  [ "$(ci .offline)" = true ]
  before toggleOffline doDisconnect
  hook ci-runner undo
  exits 0
  [ "$(ci .offline)" = false ]
}

@test "ci-runner: Jenkins: a node somebody else took offline stays so; a wrong credential is a failure" {
  servers ".offline = true"
  jenkins
  hook ci-runner drain
  hook ci-runner undo
  exits 0
  [ "$(ci .offline)" = true ]
  echo ops:wrong >"$WORLD/jenkins.auth"
  SECONDS_LEFT=4
  jenkins LEAD=2
  hook ci-runner drain
  exits 1
  complains "jenkins: could not be told to take no more jobs"
}

@test "ci-runner: a rehearsal signals nobody and calls nothing that changes" {
  runner gitlab-runner 60
  servers
  { echo "GITLAB_PIDFILE=$WORLD/fake/gitlab-runner.pid"; jenkins DEREGISTER=yes; cat "$CONF/ci-runner.conf"; } >"$WORLD/c"
  mv "$WORLD/c" "$CONF/ci-runner.conf"
  REHEARSAL=1
  hook ci-runner drain
  exits 0
  says "would send SIGQUIT"
  says "would call POST $URL/jenkins/computer/n1/doDelete"
  kill -0 "$RUNNER"
  never_called POST
}

# part Listener|Worker SECONDS: a part of the GitHub runner that ends on SIGINT, as the real ones do; background jobs ignore it.
part() {
  (exec -a "$WORLD/runner/bin/Runner.$1" "$PYTHON" -c 'import signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
open(sys.argv[2], "w").close()
time.sleep(float(sys.argv[1]))' "$2" "$WORLD/fake/$1.started") 3>&- &
  eventually 5 test -e "$WORLD/fake/$1.started"
}

@test "ci-runner: GitHub: a runner that GitHub believes at work for a moment is deleted all the same" {
  servers '.running = 3'
  github DEREGISTER=yes
  hook ci-runner drain
  exits 0
  [ "$(requests "DELETE /repos/o/r/actions/runners/42$")" -eq 4 ]
}

@test "ci-runner: GitHub: one that stays at work until the slot ends is a failure, said" {
  servers '.running = 999'
  github DEREGISTER=yes LEAD=3
  SECONDS_LEFT=6
  hook ci-runner drain
  exits 1
  complains "currently running a job"
  complains "runner 42 could not be deleted"
}

@test "ci-runner: GitHub: a runner that is removed already is the best end, but in a rehearsal a setting that is wrong" {
  servers '.gone = true'
  github DEREGISTER=yes
  hook ci-runner drain
  exits 0
  says "runner 42 is removed already"
  says "github: out of service"
  REHEARSAL=1
  hook ci-runner drain
  exits 1
  complains "the server does not know runner 42"
}

@test "ci-runner: GitHub: a server that is down or over its rate limit is asked again; one that refuses is not" {
  servers '.down = 2 | .limited = 1'
  github DEREGISTER=no
  hook ci-runner drain
  exits 0
  [ "$(ci .labels)" = '[]' ]
  echo wrong >"$WORLD/github.token"
  rm "$WORLD/fake/requests"
  hook ci-runner drain
  exits 1
  complains "HTTP 401"
  [ "$(requests labels)" -eq 1 ]
}

@test "ci-runner: GitHub: a worker that outlives its listener is told as well" {
  servers
  github DEREGISTER=no
  part Listener 60
  LISTENER=$!
  part Worker 60
  WORKER=$!
  github LEAD=16
  SECONDS_LEFT=20
  hook ci-runner drain
  exits 1
  complains "a job still runs"
  ! kill -0 "$WORKER" && ! kill -0 "$LISTENER"
}

@test "ci-runner: GitHub: a runner that something starts again is named" {
  servers
  github DEREGISTER=no
  cp /bin/sleep "$WORLD/runner/bin/Runner.Listener"
  (while :; do echo started >>"$WORLD/fake/listeners"; env --default-signal=INT "$WORLD/runner/bin/Runner.Listener" 60 || :; done) 3>&- &
  LISTENER=$!
  eventually 5 test -s "$WORLD/fake/listeners"
  hook ci-runner drain
  exits 1
  complains "runs again: something else starts it"
  clean
  pkill -9 -f "^$WORLD/runner/bin"
}

@test "ci-runner: GitLab: the unit that runs the process of a pid file is stopped, or it would start it again" {
  runner gitlab-runner 0
  fake systemctl
  mkdir -p "$WORLD/fake/units" "$WORLD/cgroups"
  mount -t cgroup2 cgroup2 "$WORLD/cgroups" || skip "no cgroup2 to be mounted here"
  CGROUPS=$WORLD/cgroups
  mkdir "$CGROUPS/hooks-test.service" && echo "$RUNNER" >"$CGROUPS/hooks-test.service/cgroup.procs" || skip "no cgroup of our own here"
  echo "active $RUNNER" >"$WORLD/fake/units/hooks-test.service"
  gitlab GITLAB_UNIT=
  hook ci-runner drain
  exits 0
  called "systemctl stop hooks-test.service"
  hook ci-runner undo
  exits 0
  called "systemctl start hooks-test.service"
}

@test "ci-runner: GitLab: a runner that GitLab has removed already is no failure; a server that fails is asked again" {
  fake gitlab-runner systemctl
  mkdir -p "$WORLD/fake/units"
  echo active >"$WORLD/fake/units/gitlab-runner.service"
  gitlab DEREGISTER=yes
  echo "ERROR: Unregistering runner from GitLab forbidden  runner=abc status=DELETE …/runners/managers: 403 Forbidden" >"$WORLD/fake/unregister"
  hook ci-runner drain
  exits 0
  says "GitLab has removed the runner already"
  rm -rf "${STATE:?}"/*
  echo active >"$WORLD/fake/units/gitlab-runner.service"
  echo "ERROR: Unregistering runner from GitLab failed  status=couldn't execute DELETE" >"$WORLD/fake/unregister"
  : >"$CALLS"
  (eventually 20 grep -q unregister "$CALLS" && rm "$WORLD/fake/unregister") 3>&- &
  hook ci-runner drain
  exits 0
  [ "$(grep -c "gitlab-runner unregister" "$CALLS")" -ge 2 ]
}

@test "ci-runner: GitLab: a unit that waits to be started again is stopped, too" {
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo activating >"$WORLD/fake/units/gitlab-runner.service"
  hook ci-runner drain
  exits 0
  called "systemctl stop gitlab-runner.service"
}

@test "ci-runner: a unit that is started again by something else is named" {
  fake systemctl
  mkdir -p "$WORLD/fake/units"
  echo returns >"$WORLD/fake/units/gitlab-runner.service"
  hook ci-runner drain
  exits 1
  complains "gitlab-runner.service was started again by something else"
}

@test "ci-runner: a systemd that does not answer is not taken for no runner" {
  printf '#!/bin/sh\nsleep 60\n' >"$BIN/systemctl"
  chmod 755 "$BIN/systemctl"
  SECONDS_LEFT=6
  hook ci-runner drain
  exits 75
  complains "whether a runner runs here cannot be known"
}

@test "ci-runner: Buildkite: a drain that is called again sends no second signal" {
  runner buildkite-agent 4
  printf '%s\n' "BUILDKITE_PIDFILE=$WORLD/fake/buildkite-agent.pid" | conf ci-runner
  hook_env "$HOOKS/ci-runner" drain >/dev/null 2>&1 3>&- &
  eventually 10 test -e "$STATE/buildkite-told"
  kill -9 "$!"
  hook ci-runner drain
  exits 0
  called "job done"
  never_called "aborted"
}

@test "ci-runner: Jenkins: a change whose answer was lost is not made a second time" {
  servers '.lost = 1'
  jenkins
  hook ci-runner drain
  exits 0
  [ "$(ci .offline)" = true ]
  [ "$(requests toggleOffline)" -eq 1 ]
}

@test "ci-runner: Jenkins: a node that is gone there is out of service, but in a rehearsal a setting that is wrong" {
  servers '.gone = true'
  jenkins DEREGISTER=yes
  hook ci-runner drain
  exits 0
  says "node n1 is removed already"
  REHEARSAL=1
  hook ci-runner drain
  exits 1
  complains "the server does not know node n1"
}

@test "ci-runner: Jenkins: a server that says nothing is not said to have a job running" {
  servers '.down = 999'
  jenkins LEAD=3
  SECONDS_LEFT=7
  hook ci-runner drain
  exits 1
  complains "the server does not say whether a job still runs"
  [[ $stderr != *"jenkins: a job still runs"* ]]
}
