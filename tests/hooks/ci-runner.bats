#!/usr/bin/env bats
# hooks/ci-runner: small runners that take signals as the real ones do, and servers that check what they are sent.

load support

clean() {
  local pid
  for pid in ${RUNNER-} ${SERVER-} ${WORKER-}; do
    disown "$pid" 2>/dev/null || :
    kill -9 "$pid" 2>/dev/null || :
  done
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
