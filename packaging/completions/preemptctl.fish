# fish completion for preemptctl: the program itself knows what can come next
function __preemptctl_candidates
    set -l words (commandline -opc) (commandline -ct)
    preemptctl __complete -- $words[2..-1] 2>/dev/null
end
complete -c preemptctl -a '(__preemptctl_candidates)'
