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

# cloud PRODUCT ACTION --Name value...: a call that changes nothing; the JSON answer is in $answer. While the cloud does not answer it is
# asked again, until only $for_others seconds are left, which the hook may have set for what is still to come. 78: it refused.
cloud() { insist $((${for_others:-0} + 2)) call "$@"; }

# The end of a hook that has no answer to its first question: STATUS as `cloud` returned it.
no_answer() { # no_answer STATUS WORDS
  if [ "$1" -eq 78 ]; then fail "$2"; else try_later "$2"; fi
}

# What the cloud says when a resource is being changed by somebody else. A reclaim takes many instances of one group at
# once, and all of them ask for a change of that group.
busy_codes='BackendServer\.configuring|ServiceIsConfiguring|ServiceIsStopping|SystemBusy|OperationBusy|Conflict|IncorrectStatus|ResourceInConfiguring|ScalingActivityInProgress|IncorrectScalingGroupStatus|Throttling'
# And when it is unwell.
unwell_codes='ServiceUnavailable|InternalError|InternalServerError|UnknownError|ServiceTimeout|RequestTimeout|GatewayTimeout|Service\.Unavailable'

# cloud_change PRODUCT ACTION --Name value...: a call that changes something; a rehearsal only says so. Its answer is in
# $answer, empty in a rehearsal. Refused as busy, or not answered, it is made again until only $for_others seconds are left: all
# changes of the hooks here may be made twice.
cloud_change() {
  if rehearsing; then
    say "would call $*"
    answer=
    return 0
  fi
  while true; do
    call "$@"
    case $? in
      0) return 0 ;;
      78) return 78 ;;
    esac
    [ "$(left)" -gt $((${for_others:-0} + 2)) ] || return 1
    sleep "$(awk -v seed="$$" 'BEGIN { srand(seed + srand()); print 0.5 + 1.5 * rand() }')"
  done
}

# One call: 78 when the cloud refuses it for good (preemptctl's 2 and 4), 75 when it is busy or unwell, 1 or 124 when it does not answer.
# What preemptctl said is in $refusal, and on stderr; without a disk to keep it on, only there.
call() {
  # shellcheck disable=SC2046,SC2086 # options
  set -- preemptctl api "$@" $(version_option "$1") $api_options
  refusal=
  if true 2>/dev/null >"$PREEMPT_STATE_DIR/refusal"; then
    ask 20 "$@" 2>"$PREEMPT_STATE_DIR/refusal"
    call_status=$?
    refusal=$(head -c 16384 "$PREEMPT_STATE_DIR/refusal")
    rm -f "$PREEMPT_STATE_DIR/refusal"
    [ -z "$refusal" ] || complain "$refusal"
  else
    ask 20 "$@"
    call_status=$?
  fi
  case $call_status in
    2) if printf '%s\n' "$refusal" | grep -qE "$busy_codes|$unwell_codes"; then return 75; else return 78; fi ;;
    4) return 78 ;;
    *) return "$call_status" ;;
  esac
}

# What every hook here needs before its first call.
ready_to_call() {
  have jq || fail "jq is needed to read the cloud's answers"
  [ -n "$region" ] && [ -n "$instance" ] || fail "the notice names no region or no instance"
}

# The lists of an answer come wrapped ({"Disks": {"Disk": […]}}) or bare; `list(.Disks)` is the same for both.
json_list='def list(f): [f // empty | if type == "object" then to_entries[].value else . end | if type == "array" then .[] else . end];'
