#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace preemptd::drain {

/// One line of /proc/<pid>/stat.
struct ProcessInfo {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t session = 0;
  char state = '?';
  std::uint64_t start_time = 0;  ///< with the pid it names a process for good
  bool zombie() const { return state == 'Z' || state == 'X'; }
};

/// All processes of this pid namespace, as far as they can be read.
std::vector<ProcessInfo> read_process_table();

/// Pids of this process's own children, zombies included, without reading the whole table. Nothing where the kernel
/// does not tell (CONFIG_PROC_CHILDREN).
std::optional<std::vector<pid_t>> own_children();

/// True when the process's initial environment holds exactly this "NAME=value". False where it may not be read.
bool has_in_environment(pid_t pid, const std::string& variable);

/// Sends the signal to that very process, not to another one that got its pid since. False when it is gone.
bool signal_process(const ProcessInfo& process, int number);

}  // namespace preemptd::drain
