#include "daemon/sources/poll_thread.h"

namespace preemptd::daemon {

LaneThread::~LaneThread() {
  sleep_->stop();
}

void LaneThread::start(std::function<void(sys::WakeableSleep&)> body) {
  worker_.post([body = std::move(body), sleep = sleep_] { body(*sleep); });
}

}  // namespace preemptd::daemon
