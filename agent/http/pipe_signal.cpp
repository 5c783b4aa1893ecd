#include "http/pipe_signal.h"

#include <cerrno>
#include <ctime>

namespace preemptd::http {
namespace {

sigset_t pipe_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

bool is_pending() {
  sigset_t pending;
  return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

}  // namespace

PipeSignalHeld::PipeSignalHeld(bool ignored) {
  if (ignored || is_pending()) return;  // one that is pending is blocked already
  const sigset_t set = pipe_signal();
  held_ = pthread_sigmask(SIG_BLOCK, &set, &before_) == 0;
}

PipeSignalHeld::~PipeSignalHeld() {
  if (!held_) return;
  const int error = errno;
  const sigset_t set = pipe_signal();
  const timespec at_once{};
  while (sigtimedwait(&set, nullptr, &at_once) < 0 && errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  errno = error;
}

bool PipeSignalHeld::is_ignored() {
  struct sigaction action {};
  return sigaction(SIGPIPE, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace preemptd::http
