#include "drain/process/process_table.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

#include "core/text.h"
#include "sys/fd.h"
#include "sys/files.h"

namespace preemptd::drain {
namespace {

template <typename Number>
Number number_of(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// proc(5): pid (comm) state ppid pgrp session … starttime is the 22nd. comm may hold anything, brackets too.
std::optional<ProcessInfo> read_process(pid_t pid) {
  const auto text = sys::read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!text || !*text) return std::nullopt;
  const auto bracket = (*text)->rfind(") ");
  if (bracket == std::string::npos) return std::nullopt;
  const auto fields = core::split(std::string_view(**text).substr(bracket + 2), ' ');
  if (fields.size() < 20) return std::nullopt;
  return ProcessInfo{pid, number_of<pid_t>(fields[1]), number_of<pid_t>(fields[3]),
                     fields[0].empty() ? '?' : fields[0][0], number_of<std::uint64_t>(fields[19])};
}

}  // namespace

std::vector<ProcessInfo> read_process_table() {
  std::vector<ProcessInfo> table;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  if (!proc) return table;
  while (const dirent* entry = ::readdir(proc.get())) {
    const auto pid = number_of<pid_t>(entry->d_name);
    if (pid <= 0) continue;
    if (auto process = read_process(pid)) table.push_back(*process);
  }
  return table;
}

std::optional<std::vector<pid_t>> own_children() {
  std::vector<pid_t> pids;
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(::opendir("/proc/self/task"), ::closedir);
  if (!tasks) return std::nullopt;
  while (const dirent* entry = ::readdir(tasks.get())) {
    if (number_of<pid_t>(entry->d_name) <= 0) continue;
    const auto text = sys::read_file(std::string("/proc/self/task/") + entry->d_name + "/children", 1024 * 1024);
    if (!text || !*text) return std::nullopt;
    for (const auto word : core::split(**text, ' '))
      if (!word.empty()) pids.push_back(number_of<pid_t>(word));
  }
  return pids;
}

std::optional<std::string> in_environment(pid_t pid, std::string_view name) {
  constexpr std::size_t kMost = 1024 * 1024;
  const auto text = sys::read_file("/proc/" + std::to_string(pid) + "/environ", kMost);
  if (!text || !*text) return std::nullopt;
  for (const auto entry : core::split(**text, '\0'))
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return std::string(entry.substr(name.size() + 1));
  return std::nullopt;
}

bool same_path_for(pid_t pid, const std::string& path) {
  const std::string process = "/proc/" + std::to_string(pid);
  const auto same = [](const std::string& one, const std::string& other) -> std::optional<bool> {
    struct stat a {
    }, b{};
    if (::stat(one.c_str(), &a) != 0 || ::stat(other.c_str(), &b) != 0) return std::nullopt;
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
  };
  if (const auto known = same(path, process + "/root" + path)) return *known;
  return same("/proc/self/ns/mnt", process + "/ns/mnt").value_or(false);
}

bool signal_process(const ProcessInfo& process, int number) {
  const sys::Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0U)));
  if (!pidfd) return false;
  // The pidfd names whoever has the pid now; only after that is it certain who this is.
  const auto now = read_process(process.pid);
  if (!now || now->start_time != process.start_time) return false;
  return ::syscall(SYS_pidfd_send_signal, pidfd.get(), number, nullptr, 0U) == 0;
}

}  // namespace preemptd::drain
