#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "ecs/base/call.h"
#include "ecs/base/credentials.h"
#include "ecs/base/endpoint.h"
#include "ecs/base/failure.h"
#include "ecs/base/json_value.h"
#include "ecs/client/retry.h"
#include "ecs/signing/signed_request.h"
#include "http/transport.h"

namespace preemptd::ecs {

/// A successful answer.
struct Response {
  JsonDocument json;
  std::string request_id;
  std::optional<core::WallTime> server_date;
};

/// A failure about an answer that came all the same: its sentence names the request.
[[nodiscard]] tl::unexpected<Failure> failed(const Response& answer, const Call& call, core::ErrorCode fault,
                                             std::string what);

/// Carries out a wait between two tries or two polls, interruptibly; false when the caller should stop (it was told
/// to). The library itself never sleeps. Without one there are no second tries.
using Waiter = std::function<bool(core::Millis)>;

struct ClientOptions {
  std::string region = {};  ///< decides the endpoint
  Network network = Network::in_public;
  std::map<std::string, std::string> endpoint_overrides = {};  ///< by product name; "" holds for every product
  SignatureVersion signature = SignatureVersion::v3;
  core::Millis attempt_timeout{10'000};  ///< of one try; the deadline of the call can only shorten it
  RetryPolicy retries = {};
  /// Takes the place of the first ClientToken that is sent: for a person who repeats a call whose answer was lost.
  std::string client_token = {};
  bool dry_run = false;  ///< calls that change something carry DryRun; an action known to have no dry run is bad_input
};

/// What a client works with; all of it must outlive the client. Empty functions have working defaults.
struct ClientDependencies {
  http::HttpTransport& transport;
  CredentialsProvider& credentials;
  const core::Clock& clock = core::system_clock();
  Waiter wait = {};
  std::function<double()> random = {};  ///< evenly from [0, 1)
  std::function<std::string()> make_nonce = {};
};

/// The control plane: any action of any product, signed, retried, and its errors passed on whole. Belongs to one
/// thread.
class Client {
 public:
  Client(ClientOptions options, ClientDependencies surroundings);

  /// One call, with as many tries as the policy and `by` allow; fetching credentials spends the same time. Every try
  /// has its own nonce, time and signature; the parameters, ClientToken among them, stay the same. An error about the
  /// clock is answered once by taking the time from the server's Date; one about a temporary key once by a new key;
  /// where no connection comes about, the region's next endpoint is asked at once, and kept. A 200 that carries an
  /// error of the API inside is that error.
  Result<Response> call(const Call& call, core::Deadline by);

  const core::Clock& clock() const { return around_.clock; }
  const std::string& region() const { return options_.region; }
  /// The same wait tries use; false when stopped, and when there is no waiter.
  bool wait(core::Millis time) const;

 private:
  struct CallState;  // of one call
  Result<Response> call_with_retries(const Call& call, core::Deadline by);
  Result<Response> try_once(const Call& call, core::Deadline by, CallState& course);
  Result<Response> read(const Call& call, http::Reply reply) const;
  std::vector<std::string> endpoints_of(const Call& call) const;
  bool recover_once(const Call& call, const Failure& failure, CallState& course);

  ClientOptions options_;
  ClientDependencies around_;
  core::Millis clock_ahead_{0};  ///< how far the cloud's clock is ahead of ours
  std::size_t endpoint_index_ = 0;
};

}  // namespace preemptd::ecs
