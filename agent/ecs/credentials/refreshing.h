#pragma once
#include <functional>
#include <optional>

#include "ecs/base/credentials.h"

namespace preemptd::ecs {

/// A temporary key as its source gave it.
struct TemporaryKey {
  Credentials credentials;
  core::Millis lives{0};  ///< from now until it expires, by the source's own clock where that is known
};

/// Keeps one temporary key fresh: renewed by the first call within `early` of its expiry, or past half its life where
/// it lives no longer than `early`; the old one kept while renewing fails, until it expires and not a moment longer.
/// After a failed renewal the next one waits, 1 s at first, doubling up to 1 minute; without a usable key every call
/// tries.
class Refreshing {
 public:
  using Fetch = std::function<core::Result<TemporaryKey>(core::Deadline by)>;

  Refreshing(const core::Clock& clock, core::Millis early, Fetch fetch);

  core::Result<Credentials> get(core::Deadline by);
  void discard() { key_.reset(); }

 private:
  core::Result<Credentials> renew(core::Deadline by);
  void put_off(core::BootTime now);

  const core::Clock& clock_;
  core::Millis early_;
  Fetch fetch_;
  std::optional<Credentials> key_;
  core::BootTime renew_from_{};
  core::BootTime expires_{};
  core::Millis pause_{0};
};

}  // namespace preemptd::ecs
