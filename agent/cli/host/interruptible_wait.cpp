#include "cli/host/interruptible_wait.h"

#include <csignal>

namespace preemptd::cli {

core::Result<InterruptibleWait> InterruptibleWait::open() {
  auto state = std::make_unique<State>();
  auto loop = sys::Loop::open();
  if (!loop) return tl::unexpected(loop.error());
  state->loop = std::move(*loop);
  auto signals = state->loop->signals({SIGINT, SIGTERM, SIGHUP}, [raw = state.get()](int) {
    raw->interrupted = true;
    raw->loop->stop();
  });
  if (!signals) return tl::unexpected(signals.error());
  state->signals = std::move(*signals);
  return InterruptibleWait(std::move(state));
}

bool InterruptibleWait::until(core::Deadline by, const std::function<bool()>& done, core::Millis look_every) {
  bool answer = done();
  sys::Loop::Handle timer;
  std::function<void()> look = [&] {
    answer = done();
    if (answer || by.passed(core::BootClock::now())) return state_->loop->stop();
    timer = state_->loop->after(look_every, look);
  };
  if (answer || interrupted()) return answer;
  timer = state_->loop->after(look_every, look);
  state_->loop->run();
  return answer;
}

}  // namespace preemptd::cli
