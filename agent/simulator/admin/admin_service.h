#pragma once
#include "core/json.h"
#include "core/result.h"
#include "simulator/admin/dispatcher.h"
#include "simulator/cloud/world.h"
#include "simulator/http/http_message.h"

namespace preemptd::simulator {

/// The admin interface, JSON over HTTP: what preempt-sim's other commands and the tests drive it with. The requests and
/// their members are described in docs/reference/simulator.md.
class AdminService {
 public:
  AdminService(World& world, Dispatcher& front) : world_(world), front_(front) {}

  HttpReply answer(const HttpRequest& request);

 private:
  core::Result<core::Json> act(const HttpRequest& request, const core::Json& body);
  core::Result<core::Json> reclaim(const core::Json& body);
  core::Result<core::Json> withdraw(const core::Json& body);
  core::Result<core::Json> fault(const core::Json& body);
  core::Result<core::Json> set(const core::Json& body);
  core::Result<core::Json> reset(const core::Json& body);
  core::Json state() const;
  core::Json requests(const HttpRequest& request) const;
  core::Result<Instance*> instance_named(const core::Json& body);

  World& world_;
  Dispatcher& front_;
};

}  // namespace preemptd::simulator
