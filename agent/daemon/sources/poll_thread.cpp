#include "daemon/sources/poll_thread.h"

namespace preemptd::daemon {
namespace {
/// Longer than a lane needs to notice when it is idle, shorter than anybody stopping the service would mind.
constexpr core::Millis kPatience{200};
}  // namespace

LaneThread::~LaneThread() {
  if (!thread_.joinable()) return;
  pace_->stop();
  if (ended_.wait_for(kPatience) == std::future_status::ready) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void LaneThread::start(std::function<void(InterruptibleWait&)> body) {
  std::promise<void> ended;
  ended_ = ended.get_future();
  thread_ = std::thread([body = std::move(body), pace = pace_, promise = std::move(ended)]() mutable {
    body(*pace);
    body = nullptr;
    promise.set_value();
  });
}

}  // namespace preemptd::daemon
