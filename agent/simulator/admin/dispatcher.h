#pragma once
#include "core/clock.h"
#include "simulator/admin/request_log.h"
#include "simulator/api/api_service.h"
#include "simulator/cloud/world.h"
#include "simulator/http/http_message.h"
#include "simulator/metadata/metadata_service.h"

namespace preemptd::simulator {

/// What stands before both services: lets time pass, makes faults strike, stamps Date, and keeps the log.
class Dispatcher {
 public:
  Dispatcher(World& world, const CloudClock& clock) : world_(world), clock_(clock), metadata_(world), api_(world) {}

  Delivery metadata(const HttpRequest& request);
  Delivery api(const HttpRequest& request);

  RequestLog& log() { return log_; }
  core::WallTime now() const { return clock_.now(); }
  /// Everything as after the start.
  void reset();

 private:
  Delivery deliver(Target target, const HttpRequest& request, LoggedRequest entry);

  World& world_;
  const CloudClock& clock_;
  MetadataService metadata_;
  ApiService api_;
  RequestLog log_;
};

}  // namespace preemptd::simulator
