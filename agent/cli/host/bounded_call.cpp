#include "cli/host/bounded_call.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sys/files.h"
#include "sys/forked_call.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;

// The first byte of what the child writes, and the last: without it the answer was cut.
constexpr char kGood = '+', kBad = '-', kEnd = '.';

bool has_answer(int fd, core::Deadline by) {
  pollfd wanted{fd, POLLIN, 0};
  for (;;) {
    const auto left = std::clamp<long long>(by.left(core::BootClock::now()).count(), 0, 60'000);
    const int ready = ::poll(&wanted, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if ((ready < 0 && errno != EINTR) || by.passed(core::BootClock::now())) return false;
  }
}

core::Result<std::string> answer_in(std::string bytes) {
  if (bytes.size() < 2 || bytes.back() != kEnd)
    return core::fail(ErrorCode::local, "the process that collected it died");
  const char kind = bytes.front();
  bytes = bytes.substr(1, bytes.size() - 2);
  if (kind == kGood) return bytes;
  return core::fail(ErrorCode::local, bytes);
}

}  // namespace

core::Result<std::string> result_in_time(const std::function<core::Result<std::string>()>& work, core::Deadline by) {
  const auto call = sys::ForkedCall::start([&](int pipe) {
    const auto made = work();
    const std::string bytes = (made ? kGood + *made : kBad + core::describe(made.error())) + kEnd;
    [[maybe_unused]] const auto written = sys::write_all(pipe, bytes, "pipe");  // what is cut has no end
  });
  if (!call) return core::fail_errno(call.error(), "cannot start a process");
  std::string bytes;
  for (char part[16384];;) {
    if (!has_answer((*call)->fd(), by))
      return core::fail(ErrorCode::timed_out, "no answer in time", std::string((*call)->note().path));
    const auto count = ::read((*call)->fd(), part, sizeof part);
    if (count == 0) return answer_in(std::move(bytes));
    if (count > 0) bytes.append(part, static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR && errno != EAGAIN) return core::fail_errno(errno, "its answer cannot be read");
  }
}

}  // namespace preemptd::cli
