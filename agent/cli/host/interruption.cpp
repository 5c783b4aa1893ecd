#include "cli/host/interruption.h"

#include <poll.h>

#include <array>
#include <csignal>
#include <cstdio>

namespace preemptd::cli {
namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};
volatile std::sig_atomic_t caught = 0;

void on_signal(int number) {
  caught = number;
}

/// A signal that was ignored before (nohup) stays so.
void set_handler(int number, void (*handler)(int), int flags) {
  struct sigaction before {};
  if (::sigaction(number, nullptr, &before) != 0 || before.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  ::sigaction(number, &action, nullptr);
}

/// Holds the signals back outside of sleeps, so that none falls between a look at `caught` and the sleep.
sigset_t blocked() {
  sigset_t mask;
  sigset_t all;
  ::sigemptyset(&all);
  for (const int number : kSignals) ::sigaddset(&all, number);
  ::pthread_sigmask(SIG_BLOCK, &all, &mask);
  return mask;
}

}  // namespace

Interruption::Interruption() {
  caught = 0;
  for (const int number : kSignals) set_handler(number, on_signal, static_cast<int>(SA_RESETHAND));
}

Interruption::~Interruption() {
  for (const int number : kSignals) set_handler(number, SIG_DFL, 0);
}

Exit Interruption::end_with(Exit code) const {
  if (caught == 0) return code;
  std::fflush(nullptr);
  set_handler(caught, SIG_DFL, 0);
  std::raise(caught);
  return code;
}

bool interrupted() {
  return caught != 0;
}

bool sleep_unless_interrupted(core::Millis time) {
  const auto until = core::Deadline::after(core::BootClock::now(), time);
  const sigset_t before = blocked();
  while (!interrupted() && !until.passed(core::BootClock::now())) {
    const auto left = until.left(core::BootClock::now());
    const timespec wait{static_cast<time_t>(left.count() / 1000), static_cast<long>(left.count() % 1000) * 1'000'000};
    ::ppoll(nullptr, 0, &wait, &before);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return !interrupted();
}

}  // namespace preemptd::cli
