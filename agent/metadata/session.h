#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "http/transport.h"
#include "metadata/failure.h"

namespace preemptd::metadata {

/// When requests may go without a token.
enum class PlainMode {
  never,
  only_without_token_endpoint,  ///< the token endpoint answers 404 or 405: a service older than tokens
  whenever_no_token,            ///< also when the token request fails in any other way, or a token is refused
};

struct Options {
  std::string base_url = "http://100.100.100.200";  ///< slashes at its end do not count
  core::Millis timeout{300};                        ///< of one request
  PlainMode plain = PlainMode::only_without_token_endpoint;
  int tries = 2;  ///< 2: a lost answer is asked for once more at once, on a fresh connection
};

/// For callers that are only bound by the limit of each request.
inline constexpr core::Deadline kNoDeadline(core::BootTime::max());

/// Speaks to the metadata service the way it wants: a token first (PUT /latest/api/token, six hours, renewed after 80 %
/// of them; the old one serves to its end where no new one comes), one new token and one repeat on 401. One call makes
/// at most eight requests, each within `timeout`. Belongs to one thread; transport and clock must outlive it. Source:
/// Alibaba Cloud ECS, "View instance metadata".
class Session {
 public:
  Session(http::HttpTransport& transport, const core::Clock& clock, Options options);

  /// Any answer to GET <base>/latest/<path> that is neither about tokens (401, 403) nor 429 nor 5xx, so mostly 200 or
  /// 404. All its requests are over by `by`.
  Result<http::Reply> get(std::string_view path, core::Deadline by = kNoDeadline);

  /// The last get() once more without its token, by the same deadline, for callers whom the answer did not help.
  /// Nothing when it had none, or when the options want one always.
  std::optional<Result<http::Reply>> again_without_token();

 private:
  Result<http::Reply> get_once();
  Result<http::Reply> get_without_token();
  Result<void> ensure_token();
  Result<http::Reply> exchange(const http::Request& request);
  void remember_token(std::optional<std::string> token);
  void forget_token();
  bool old_token_serves(const Failure& failure) const;

  http::HttpTransport& transport_;
  const core::Clock& clock_;
  Options options_;
  http::Request token_request_;
  http::Request request_;    ///< kept between calls: the same item costs no new preparation
  bool knows_mode_ = false;  ///< a token, or the knowledge that there are none, good until renew_at_
  bool has_token_ = false;
  core::BootTime renew_at_{}, token_ends_at_{};
  core::Deadline by_ = kNoDeadline;
};

}  // namespace preemptd::metadata
