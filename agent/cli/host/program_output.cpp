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

struct Limit {
  std::size_t most = kLongestOutput;
  bool keep_last = false;  ///< of more than `most` bytes the last, instead of an error
};

core::Result<std::string> read_all(int fd, core::Deadline by, Limit limit) {
  std::string text;
  for (char part[4096];;) {
    if (!readable(fd, by)) return core::fail(ErrorCode::timed_out, "it did not end in time");
    const auto count = read(fd, part, sizeof part);
    if (count == 0) break;
    if (count < 0 && errno != EINTR) return core::fail_errno(errno, "its output cannot be read");
    if (count > 0) text.append(part, static_cast<std::size_t>(count));
    if (!limit.keep_last && text.size() > limit.most) return core::fail(ErrorCode::refused, "it wrote more than 1 MiB");
    if (text.size() > 2 * limit.most + sizeof part) text.erase(0, text.size() - limit.most);
  }
  if (text.size() > limit.most) text.erase(0, text.size() - limit.most);
  return text;
}

std::string words_for(const sys::ExitStatus& ended) {
  if (!ended.known()) return "how it ended is not known";
  return ended.signal != 0 ? "signal " + std::to_string(ended.signal) + " ended it"
                           : "it exited with " + std::to_string(ended.code);
}

core::Result<sys::ExitStatus> end_of(const sys::Child& child, core::Deadline by) {
  if (!readable(child.pidfd.get(), by)) return core::fail(ErrorCode::timed_out, "it did not end in time");
  return sys::try_wait(child).value_or(sys::ExitStatus{sys::ExitStatus::kUnknown, 0});
}

struct Ran {
  std::string output;
  sys::ExitStatus ended;
};

/// `errors`: standard error goes where standard output goes.
core::Result<Ran> run_to_end(const std::vector<std::string>& argv, core::Deadline by, Limit limit, bool errors) {
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
  request.stderr_fd = errors ? to.get() : STDERR_FILENO;
  request.die_with_parent = true;
  const auto child = sys::spawn(request);
  if (!child) return tl::unexpected(sys::to_error(child.error(), path));
  to.reset();
  auto output = read_all(from.get(), by, limit);
  auto ended = output ? end_of(*child, by) : core::Result<sys::ExitStatus>(tl::unexpected(output.error()));
  if (ended) return Ran{std::move(*output), *ended};
  kill(-child->pid, SIGKILL);
  if (readable(child->pidfd.get(), core::Deadline::in(core::Seconds(1)))) sys::try_wait(*child);
  ended.error().where = name;
  return tl::unexpected(std::move(ended.error()));
}

}  // namespace

core::Result<std::string> output_of_program(const std::vector<std::string>& argv, core::Deadline by) {
  auto ran = run_to_end(argv, by, {}, false);
  if (!ran) return tl::unexpected(std::move(ran.error()));
  if (ran->ended == sys::ExitStatus{}) return std::move(ran->output);
  return core::fail(ErrorCode::refused, words_for(ran->ended), argv.front());
}

core::Result<std::string> report_of_program(const std::vector<std::string>& argv, core::Deadline by, std::size_t most) {
  auto ran = run_to_end(argv, by, {most, true}, true);
  if (!ran) return tl::unexpected(std::move(ran.error()));
  if (ran->ended == sys::ExitStatus{}) return std::move(ran->output);
  return ran->output + "(" + words_for(ran->ended) + ")\n";
}

}  // namespace preemptd::cli
