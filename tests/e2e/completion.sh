#!/bin/bash
# The completion of bash, zsh and fish, asked as the shells ask it. A shell that is not installed is said and skipped.
#   completion.sh PREEMPTCTL COMPLETIONS_FOLDER
set -euo pipefail

ctl=$(dirname "$1")
scripts=$2
export PATH=$ctl:$PATH
failures=0

expect() { # SHELL WANTED GOT
  grep -qx -- "$2" <<<"$3" && return
  echo "FAILED completion in $1: wanted '$2', got '$3'"
  failures=$((failures + 1))
}

in_bash() {
  # shellcheck disable=SC2016
  bash --norc -c 'source "$1/preemptctl.bash"; shift; COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _preemptctl; printf "%s\n" "${COMPREPLY[@]}"' \
    bash "$scripts" "$@"
}

in_fish() { fish --no-config -c "source $scripts/preemptctl.fish; complete -C '$*'" | cut -f1; }

# zsh offers no way to ask from outside, so _describe is replaced by something that prints what it was given.
in_zsh() {
  # shellcheck disable=SC2016
  zsh -f -c 'scripts=$1; shift; words=("$@"); CURRENT=$#words; _describe() { print -l -- "${(@P)2}" }; _files() { }
    functions[_try]=$(<$scripts/_preemptctl); _try' zsh "$scripts" "$@" | sed 's/:.*//'
}

asks() { # SHELL: the questions, each with a word that must be among the answers
  expect "$1" rehearse "$("in_$1" preemptctl re)"
  expect "$1" release "$("in_$1" preemptctl instance re)"
  expect "$1" --until-gone "$("in_$1" preemptctl spot watch --un)"
  expect "$1" DescribeInstanceStatus "$("in_$1" preemptctl api ecs DescribeInstanceS)"
  expect "$1" --InstanceType "$("in_$1" preemptctl api ecs RunInstances --InstanceT)"
}

for shell in bash zsh fish; do
  if command -v "$shell" >/dev/null; then asks "$shell"; else echo "SKIP completion in $shell: not installed"; fi
done
[ "$failures" = 0 ] || exit 1
