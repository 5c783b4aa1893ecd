#pragma once
#include "sys/worker.h"

namespace preemptd::drain {

/// The thread that does what may hang for ever with a disk, because the drain must not. Its end waits a moment for the
/// jobs; then the thread is left behind, so jobs must own (or share) all they use.
class StateWriter : public sys::Worker {
 public:
  StateWriter() : Worker({.most_waiting = SIZE_MAX, .end_wait = core::Seconds(2), .ends_queue = true}) {}
};

}  // namespace preemptd::drain
