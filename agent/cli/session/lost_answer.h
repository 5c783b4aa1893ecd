#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ecs/base/parameters.h"
#include "http/transport.h"

namespace preemptd::cli {

/// A change whose answer was lost: nobody knows whether it took effect.
struct LostAnswer {
  std::string action;  ///< "RunInstances"
  ecs::Parameters parameters;

  /// What makes a repeat safe; empty: the action takes none.
  std::string client_token() const;
};

/// Pure: that it may have taken effect, how to find out, and how to repeat it safely where that can be done; a sentence
/// each.
std::vector<std::string> advice_on(const LostAnswer& lost);

/// Remembers the last change that may have arrived without its answer arriving here. A later answer to the same change
/// that leaves no doubt (done, or refused for good) ends that.
class RememberingTransport final : public http::HttpTransport {
 public:
  explicit RememberingTransport(http::HttpTransport& inner) : inner_(inner) {}
  core::Result<http::Reply> send(const http::Request& request, core::Deadline by) override;
  bool may_have_arrived() const override { return inner_.may_have_arrived(); }
  const std::optional<LostAnswer>& lost() const { return lost_; }

 private:
  http::HttpTransport& inner_;
  std::optional<LostAnswer> lost_;
};

}  // namespace preemptd::cli
