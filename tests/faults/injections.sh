# What to do to a program's system calls, from a trace of an undisturbed run. A user defines errors_of CALL: the errors that fit.
# shellcheck shell=bash disable=SC2034  # `list` is the user's

strace_or_skip() {
  command -v strace >/dev/null || { echo "SKIP: strace is not installed"; exit 77; }
  strace -o /dev/null true 2>/dev/null || { echo "SKIP: this machine forbids ptrace"; exit 77; }
}

# What no program survives, or what is no look, no write and no start of anything.
skipped=' execve exit exit_group arch_prctl set_tid_address set_robust_list rseq rt_sigreturn restart_syscall futex mmap munmap brk
 mprotect madvise sched_yield vfork getpid gettid geteuid getuid clock_gettime clock_nanosleep '

# calls_in TRACE (of strace -f -o): "CALL N" for every call, N times at most in one thread.
calls_in() {
  grep -v INJECTED "$1" | sed -nE 's/^([0-9]+) +([a-z0-9_]+)\(.*/\1 \2/p' | sort | uniq -c |
    awk '{ if ($1 > n[$3]) n[$3] = $1 } END { for (c in n) print c, n[c] }' | sort
}

# injections_of_calls MOST [with_kills]: "CALL:error=ERROR" and "CALL:error=ERROR:when=N" for the calls on standard input, the first
# MOST of each; with_kills: "CALL:signal=KILL:when=N" too.
injections_of_calls() {
  local call count error
  while read -r call count; do
    case $skipped in *" $call "* | *" $call"$'\n'*) continue ;; esac
    [ "$count" -le "$1" ] || count=$1
    for error in $(errors_of "$call"); do
      [ "$error" = EINTR ] || echo "$call:error=$error"  # no call is interrupted for ever
      seq -f "$call:error=$error:when=%g" 1 "$count"
    done
    [ "${2:-}" != with_kills ] || seq -f "$call:signal=KILL:when=%g" 1 "$count"
  done
}

# choose SECONDS SEED: shuffles `list` where only a sample will be tried.
choose() {
  [ "$1" -gt 0 ] || return 0
  list=$(echo "$list" | shuf --random-source=<(yes "$2"))
  echo "seed $2, $(echo "$list" | wc -l) injections in all"
}
