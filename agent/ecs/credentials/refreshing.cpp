#include "ecs/credentials/refreshing.h"

#include <algorithm>
#include <utility>

namespace preemptd::ecs {
namespace {

constexpr core::Millis kFirstPause{1000};
constexpr core::Millis kLongestPause{60'000};

}  // namespace

Refreshing::Refreshing(const core::Clock& clock, core::Millis early, Fetch fetch)
    : clock_(clock), early_(early), fetch_(std::move(fetch)) {}

core::Result<Credentials> Refreshing::get(core::Deadline by) {
  const auto now = clock_.boot_now();
  if (key_ && now >= expires_) key_.reset();
  if (key_ && now < renew_from_) return *key_;
  return renew(by);
}

core::Result<Credentials> Refreshing::renew(core::Deadline by) {
  auto fetched = fetch_(by);
  const auto now = clock_.boot_now();
  if (fetched && fetched->lives.count() <= 0) {
    fetched = core::fail(core::ErrorCode::denied, "the key given has already expired", fetched->credentials.provider);
  }
  if (!fetched) {
    if (!key_ || now >= expires_) return tl::unexpected(fetched.error());
    put_off(now);
    return *key_;
  }
  key_ = std::move(fetched->credentials);
  expires_ = now + fetched->lives;
  renew_from_ = expires_ - (fetched->lives > early_ ? early_ : fetched->lives / 2);
  pause_ = core::Millis{0};
  return *key_;
}

void Refreshing::put_off(core::BootTime now) {
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  renew_from_ = now + pause_;
}

}  // namespace preemptd::ecs
