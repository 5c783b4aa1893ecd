#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/json.h"
#include "simulator/api/authenticator.h"
#include "simulator/cloud/world.h"
#include "simulator/http/http_message.h"

namespace preemptd::simulator {

struct Action;

/// The control plane's endpoint: ECS, VPC, STS and CMS on one address, distinguished by Version.
class ApiService {
 public:
  explicit ApiService(World& world);
  ~ApiService();

  HttpReply answer(const HttpRequest& request, Moment moment);

  /// The reply a fault gives in place of an answer, in the format the request asked for.
  HttpReply refusal(const HttpRequest& request, const ApiError& error);

  /// Forgets quotas used and client tokens seen; nonces stay spent.
  void reset();

 private:
  struct Remembered;

  ActionResult<core::Json> run(const HttpRequest& request, const ParsedRequest& presented, Moment moment);
  ActionResult<core::Json> run_once(const Action& action, const ActionCall& call);
  ActionResult<void> check_quota(const std::string& action, core::WallTime now);

  World& world_;
  Authenticator gate_;
  std::map<std::string, std::vector<core::WallTime>> recent_;
  std::map<std::string, Remembered> tokens_;
};

}  // namespace preemptd::simulator
