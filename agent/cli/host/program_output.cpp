#include "cli/host/program_output.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "core/text.h"
#include "sys/child.h"
#include "sys/fd.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;

constexpr std::size_t kLongestOutput = 1 << 20;

std::string in_path(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  for (const auto folder : core::split(path == nullptr ? "/usr/bin:/bin" : path, ':')) {
    auto file = std::string(folder.empty() ? "." : folder) + "/" + name;
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

std::vector<std::string> own_environment() {
  std::vector<std::string> all;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) all.emplace_back(*each);
  return all;
}

/// False when nothing can be read by then.
bool readable(int fd, core::Deadline by) {
  pollfd wanted{fd, POLLIN, 0};
  for (;;) {
    const auto left = by.left(core::BootClock::now());
    const int ready = poll(&wanted, 1, static_cast<int>(std::min<long long>(left.count(), 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
    if (by.passed(core::BootClock::now())) return false;
  }
}

core::Result<std::string> read_all(int fd, core::Deadline by) {
  std::string text;
  for (char part[4096]; text.size() <= kLongestOutput;) {
    if (!readable(fd, by)) return core::fail(ErrorCode::timed_out, "it did not end in time");
    const auto count = read(fd, part, sizeof part);
    if (count == 0) return text;
    if (count < 0 && errno != EINTR) return core::fail_errno(errno, "its output cannot be read");
    if (count > 0) text.append(part, static_cast<std::size_t>(count));
  }
  return core::fail(ErrorCode::refused, "it wrote more than 1 MiB");
}

core::Result<void> wait_for_end(const sys::Child& child, core::Deadline by) {
  if (!readable(child.pidfd.get(), by)) return core::fail(ErrorCode::timed_out, "it did not end in time");
  const auto ended = sys::try_wait(child);
  if (ended && ended->known() && ended->signal == 0 && ended->code == 0) return {};
  return core::fail(ErrorCode::refused, !ended || !ended->known() ? std::string("how it ended is not known")
                                        : ended->signal != 0 ? "signal " + std::to_string(ended->signal) + " ended it"
                                                             : "it exited with " + std::to_string(ended->code));
}

}  // namespace

core::Result<std::string> output_of_program(const std::vector<std::string>& argv, core::Deadline by) {
  const std::string path = argv.empty() ? std::string() : in_path(argv.front());
  const std::string name = argv.empty() ? std::string() : argv.front();
  if (path.empty()) return core::fail(ErrorCode::bad_input, "no such program in PATH", name);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return core::fail_errno(errno, "cannot open a pipe", name);
  sys::Fd from(ends[0]), to(ends[1]);
  sys::SpawnRequest request;
  request.path = path;
  request.argv = argv;
  request.env = own_environment();
  request.stdout_fd = to.get();
  request.stderr_fd = STDERR_FILENO;
  request.die_with_parent = true;
  const auto child = sys::spawn(request);
  if (!child) return tl::unexpected(sys::to_error(child.error(), path));
  to.reset();
  auto output = read_all(from.get(), by);
  auto ended = output ? wait_for_end(*child, by) : core::Result<void>(tl::unexpected(output.error()));
  if (ended) return output;
  kill(-child->pid, SIGKILL);
  if (readable(child->pidfd.get(), core::Deadline::in(core::Seconds(1)))) sys::try_wait(*child);
  ended.error().where = name;
  return tl::unexpected(std::move(ended.error()));
}

}  // namespace preemptd::cli
