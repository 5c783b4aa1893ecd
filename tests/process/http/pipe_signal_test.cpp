#include "http/pipe_signal.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <cerrno>

using preemptd::http::PipeSignalHeld;

namespace {

/// A write that nobody can read any more: SIGPIPE, which ends this program unless it is held.
int error_of_lost_write() {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  ::close(ends[0]);
  const int error = ::write(ends[1], "x", 1) < 0 ? errno : 0;
  ::close(ends[1]);
  return error;
}

sigset_t blocked() {
  sigset_t set;
  pthread_sigmask(SIG_SETMASK, nullptr, &set);
  return set;
}

}  // namespace

TEST_CASE("http: a write to a connection that is gone is an error and no signal, and nothing of it is left") {
  REQUIRE_FALSE(PipeSignalHeld::is_ignored());
  {
    const PipeSignalHeld held(false);
    CHECK(error_of_lost_write() == EPIPE);
    CHECK(error_of_lost_write() == EPIPE);
  }
  sigset_t pending;
  sigpending(&pending);
  CHECK(sigismember(&pending, SIGPIPE) == 0);
  const sigset_t mask = blocked();
  CHECK(sigismember(&mask, SIGPIPE) == 0);
}

TEST_CASE("http: a SIGPIPE that waited before is left waiting") {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  CHECK(error_of_lost_write() == EPIPE);
  { const PipeSignalHeld held(false); }
  const timespec at_once{};
  CHECK(sigtimedwait(&set, nullptr, &at_once) == SIGPIPE);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}
