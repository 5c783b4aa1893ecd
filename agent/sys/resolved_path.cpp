#include "sys/resolved_path.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "sys/files.h"
#include "sys/forked_call.h"

namespace preemptd::sys {
namespace {

constexpr int kAnswersWithinMs = 1000;

/// "/the/path", or "?" and the errno value.
void answer(const std::string& path, int pipe) {
  std::array<char, PATH_MAX> resolved{};
  const bool found = ::realpath(path.c_str(), resolved.data()) != nullptr;
  const std::string text = found ? std::string(resolved.data()) : "?" + std::to_string(errno);
  [[maybe_unused]] const auto written = write_all(pipe, text, "");
}

}  // namespace

core::Result<std::string> resolved_path(const std::string& path) {
  const auto call = ForkedCall::start([&path](int pipe) { answer(path, pipe); });
  if (!call) return core::fail_errno(call.error(), "cannot be looked at", path);
  pollfd ready{(*call)->fd(), POLLIN, 0};
  if (::poll(&ready, 1, kAnswersWithinMs) != 1)
    return core::fail(core::ErrorCode::timed_out, "does not answer: its file system hangs", path);
  std::array<char, PATH_MAX + 1> text{};
  const auto got = ::read((*call)->fd(), text.data(), text.size() - 1);
  if (got <= 0) return core::fail(core::ErrorCode::local, "cannot be looked at", path);
  if (text[0] == '/') return std::string(text.data(), static_cast<std::size_t>(got));
  const int error = std::atoi(text.data() + 1);
  if (is_missing(error)) return core::fail(core::ErrorCode::bad_input, "does not exist", path);
  return core::fail_errno(error, "cannot be looked at", path);
}

}  // namespace preemptd::sys
