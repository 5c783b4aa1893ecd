# shellcheck shell=sh
# Calls to the cloud, for the hooks that make them: through preemptctl, as JSON. Sourced after lib.sh, never run; the hook
# declares the settings PROFILE, REGION and ENDPOINT before.
# shellcheck disable=SC2154 # made by `settings`

region=${REGION:-${PREEMPT_REGION_ID:-}}
instance=${PREEMPT_INSTANCE_ID:-}
api_options="--output json --region $region ${PROFILE:+--profile $PROFILE} ${ENDPOINT:+--endpoint $ENDPOINT}"

have preemptctl || not_here "preemptctl is not installed"

# The version of each product's interface that the hooks are written for; preemptctl knows ECS's itself.
version_option() {
  case $1 in
    slb) echo --api-version 2014-05-15 ;;
    alb) echo --api-version 2020-06-16 ;;
    nlb) echo --api-version 2022-04-30 ;;
    ess) echo --api-version 2014-08-28 ;;
  esac
}

# cloud PRODUCT ACTION --Name value...: a call that changes nothing; the JSON answer is in $answer.
cloud() {
  # shellcheck disable=SC2046,SC2086 # options
  ask 20 preemptctl api "$@" $(version_option "$1") $api_options
}

# What the cloud says when a resource is being changed by somebody else. A reclaim takes many instances of one group at
# once, and all of them ask for a change of that group.
busy_codes='BackendServer\.configuring|ServiceIsConfiguring|ServiceIsStopping|SystemBusy|OperationBusy|Conflict|IncorrectStatus|ResourceInConfiguring|ScalingActivityInProgress|IncorrectScalingGroupStatus|Throttling'

# cloud_change PRODUCT ACTION --Name value...: a call that changes something; a rehearsal only says so. Its answer is in
# $answer, empty in a rehearsal. Refused as busy, it is made again until only $for_others seconds are left, which the hook
# may have set for what is still to come.
cloud_change() {
  if rehearsing; then
    say "would call $*"
    answer=
    return 0
  fi
  while ! call_keeping_refusal "$@"; do
    grep -qE "$busy_codes" "$refusal" 2>/dev/null && [ "$(left)" -gt $((${for_others:-0} + 2)) ] || return 1
    sleep "$(awk -v seed="$$" 'BEGIN { srand(seed + srand()); print 0.5 + 1.5 * rand() }')"
  done
}

# The refusal is in the file $refusal, and on stderr; without a disk to write to, only there.
call_keeping_refusal() {
  refusal=$PREEMPT_STATE_DIR/refusal
  if true 2>/dev/null >"$refusal"; then
    cloud "$@" 2>"$refusal"
    call_status=$?
    cat "$refusal" >&2
  else
    cloud "$@"
    call_status=$?
  fi
  return "$call_status"
}

# What every hook here needs before its first call.
ready_to_call() {
  have jq || fail "jq is needed to read the cloud's answers"
  [ -n "$region" ] && [ -n "$instance" ] || fail "the notice names no region or no instance"
}

# The lists of an answer come wrapped ({"Disks": {"Disk": […]}}) or bare; `list(.Disks)` is the same for both.
json_list='def list(f): [f // empty | if type == "object" then to_entries[].value else . end | if type == "array" then .[] else . end];'
