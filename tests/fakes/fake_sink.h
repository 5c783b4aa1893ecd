#pragma once
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "report/sink.h"

namespace preemptd::fakes {

/// What a FakeSink was given and should answer; shared with the test, safe for both threads.
class SinkScript {
 public:
  /// Outcomes in order; afterwards everything is delivered.
  void then(report::DeliveryOutcome outcome) {
    const std::lock_guard lock(mutex_);
    outcomes_.push_back(std::move(outcome));
  }
  /// Deliveries block from now on, until release().
  void hold() { set_held(true); }
  void release() { set_held(false); }

  std::vector<report::Delivery> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  std::string seen_ids() const {
    std::string ids;
    for (const auto& delivery : seen()) ids += (ids.empty() ? "" : " ") + delivery.event.id;
    return ids;
  }

  report::DeliveryOutcome answer(const report::Delivery& delivery) {
    std::unique_lock lock(mutex_);
    seen_.push_back(delivery);
    changed_.wait(lock, [this] { return !held_; });
    if (outcomes_.empty()) return report::DeliveryOutcome::delivered("ok");
    auto outcome = std::move(outcomes_.front());
    outcomes_.pop_front();
    return outcome;
  }

 private:
  void set_held(bool held) {
    {
      const std::lock_guard lock(mutex_);
      held_ = held;
    }
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<report::DeliveryOutcome> outcomes_;
  std::vector<report::Delivery> seen_;
  bool held_ = false;
};

class FakeSink final : public report::Sink {
 public:
  explicit FakeSink(std::shared_ptr<SinkScript> script) : script_(std::move(script)) {}
  report::DeliveryOutcome deliver(const report::Delivery& delivery) override { return script_->answer(delivery); }

 private:
  std::shared_ptr<SinkScript> script_;
};

}  // namespace preemptd::fakes
