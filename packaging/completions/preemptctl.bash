# bash completion for preemptctl: the program itself knows what can come next
_preemptctl() {
  local IFS=$'\n'
  # shellcheck disable=SC2207 # one candidate a line
  COMPREPLY=($(preemptctl __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _preemptctl preemptctl
