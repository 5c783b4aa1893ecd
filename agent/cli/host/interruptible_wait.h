#pragma once
#include <functional>

#include "core/clock.h"
#include "core/result.h"
#include "sys/loop.h"

namespace preemptd::cli {

/// Waiting that a person can end: every wait of a command goes through here, so that Ctrl-C (or SIGTERM, or a closed
/// terminal) always gets the command to its cleaning up. One for the process, on the main thread.
class InterruptibleWait {
 public:
  /// Takes the signals from here on. Local fault when the kernel gives no loop.
  static core::Result<InterruptibleWait> open();

  /// Looks at `done` every `look_every` until it is true, `by` has passed, or somebody interrupts. The answer of the
  /// last look.
  bool until(core::Deadline by, const std::function<bool()>& done, core::Millis look_every = core::Millis{20});

  bool interrupted() const { return state_->interrupted; }
  sys::Loop& loop() { return *state_->loop; }

 private:
  struct State {
    std::unique_ptr<sys::Loop> loop;
    sys::Loop::Handle signals;
    bool interrupted = false;
  };
  explicit InterruptibleWait(std::unique_ptr<State> state) : state_(std::move(state)) {}
  std::unique_ptr<State> state_;
};

}  // namespace preemptd::cli
