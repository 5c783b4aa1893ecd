#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ecs/base/call.h"
#include "ecs/client/client.h"
#include "report/sink.h"

/// Sinks that are calls to the cloud itself, on behalf of the instance the event is about.
namespace preemptd::report {

/// One call in this region, over by then. Used by the sink's thread only.
using CallCloud =
    std::function<ecs::Result<ecs::Response>(const std::string& region, const ecs::Call&, core::Deadline by)>;

/// The region in an event's source; empty when it is not known.
std::string region_of(const CloudEvent& event);

/// What events, in their order, do to the instance's tags: <prefix>:state and <prefix>:notice when a notice is seen or
/// moves, <prefix>:state while it drains, <prefix>:result at the end, all of them taken off when it is undone or
/// withdrawn. One call, or two where tags come off before others are set; none: they change no tag (hooks, the agent's
/// own state, rehearsals, an unknown instance).
std::vector<ecs::Call> tag_calls(const std::string& prefix, const std::vector<CloudEvent>& events);

/// PutCustomEvent of CloudMonitor with the CloudEvent as its content.
ecs::Call custom_event_call(int group_id, const CloudEvent& event, const Remarks& remarks);

/// What the cloud's answer means for the report: throttled, unreachable, denied: retry; the instance is gone, or the
/// call itself is wrong: permanent.
DeliveryOutcome outcome_of(const ecs::Result<ecs::Response>& answer);

/// Keeps the tags of the own instance true, also by what travels in an event. Needs the RAM actions ecs:TagResources
/// and ecs:UntagResources.
class TagSink final : public Sink {
 public:
  TagSink(std::string prefix, CallCloud call) : prefix_(std::move(prefix)), call_(std::move(call)) {}
  DeliveryOutcome deliver(const Delivery& delivery) override;

 private:
  std::string prefix_;
  CallCloud call_;
};

/// Custom events in CloudMonitor. Needs the RAM action cms:PutCustomEvent.
class CloudMonitorSink final : public Sink {
 public:
  CloudMonitorSink(int group_id, CallCloud call) : group_id_(group_id), call_(std::move(call)) {}
  DeliveryOutcome deliver(const Delivery& delivery) override;

 private:
  int group_id_;
  CallCloud call_;
};

}  // namespace preemptd::report
