#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

/// The value of a variable in the process's initial environment. Nothing: not there, or it may not be read.
std::optional<std::string> in_environment(pid_t pid, std::string_view name);

/// True when the path means the same file or folder for that process as for this one. Where one of the two has none
/// there: when they are in the same mount namespace.
bool same_path_for(pid_t pid, const std::string& path);

/// Sends the signal to that very process, not to another one that got its pid since. False when it is gone.
bool signal_process(const ProcessInfo& process, int number);

}  // namespace preemptd::drain
