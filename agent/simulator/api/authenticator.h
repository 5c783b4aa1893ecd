#pragma once
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "simulator/api/api_error.h"
#include "simulator/api/call.h"
#include "simulator/cloud/cloud_clock.h"
#include "simulator/cloud/keyring.h"
#include "simulator/http/http_message.h"

namespace preemptd::simulator {

enum class Scheme { v3, v1, unsigned_call };

/// A request read, before anything of it is believed.
struct ParsedRequest {
  Scheme scheme = Scheme::unsigned_call;
  std::string action;
  std::string version;
  Format format = Format::json;
  Parameters query;     ///< what stood in the query
  Parameters all;       ///< query and form together
  bool legible = true;  ///< false: some percent-coding was broken
};

ParsedRequest present(const HttpRequest& request);

/// The action's own parameters: all but the common and signature ones.
Parameters own_parameters(const ParsedRequest& presented);

/// Decides whether a request may come in: time within 15 minutes, a known key with its own token, the signature, and a
/// nonce never seen before. In the real service's order and with its codes. Not thread-safe.
class Authenticator {
 public:
  explicit Authenticator(const Keyring& keys) : keys_(keys) {}

  ActionResult<const AccessKey*> admit(const HttpRequest& request, const ParsedRequest& presented, Moment moment);

 private:
  ActionResult<const AccessKey*> admit_v3(const HttpRequest& request, const ParsedRequest& presented, Moment moment);
  ActionResult<const AccessKey*> admit_v1(const HttpRequest& request, const ParsedRequest& presented, Moment moment);
  ActionResult<const AccessKey*> key_for(std::string_view id, std::string_view token, core::WallTime now) const;
  ActionResult<void> spend_nonce(std::string_view key, std::string_view nonce, core::WallTime now);

  const Keyring& keys_;
  std::set<std::string> nonces_;
  std::deque<std::pair<core::WallTime, std::string>> nonce_ages_;
};

}  // namespace preemptd::simulator
