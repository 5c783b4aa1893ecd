#include "drain/hooks/contract.h"

#include <nlohmann/json.hpp>

#include "core/json.h"
#include "core/utc.h"
#include "drain/hooks/runnable.h"

namespace preemptd::drain {
namespace {

std::string epoch(core::WallTime time) {
  return std::to_string(std::chrono::floor<Seconds>(time).time_since_epoch().count());
}

std::string whole_seconds(Millis value) {
  return std::to_string(std::max<Millis::rep>(0, std::chrono::floor<Seconds>(value).count()));
}

}  // namespace

std::vector<std::string> environment_of(const HookCall& call) {
  const core::Notice& n = call.notice;
  const std::string source(n.sources.empty() ? "" : core::name_of(n.sources.front()));
  return {std::string("PATH=") + kHookPath,
          "HOME=" + call.account.home,
          "LANG=C.UTF-8",
          "USER=" + call.account.name,
          "SHELL=/bin/sh",
          "PREEMPT_CONTRACT=1",
          "PREEMPT_EVENT=" + std::string(name_of(call.event)),
          "PREEMPT_NOTICE_ID=" + n.id,
          "PREEMPT_SOURCE=" + source,
          "PREEMPT_TERMINATION_TIME=" + core::format_utc(n.termination_time),
          "PREEMPT_STOP_BY=" + epoch(call.stop_by),
          "PREEMPT_SECONDS_LEFT=" + whole_seconds(call.left),
          "PREEMPT_DEADLINE=" + epoch(call.deadline),
          "PREEMPT_INSTANCE_ID=" + n.instance.instance_id,
          "PREEMPT_REGION_ID=" + n.instance.region_id,
          "PREEMPT_ZONE_ID=" + n.instance.zone_id,
          "PREEMPT_INSTANCE_TYPE=" + n.instance.instance_type,
          "PREEMPT_BEHAVIOR=" + std::string(core::name_of(n.behavior)),
          std::string("PREEMPT_REHEARSAL=") + (n.rehearsal ? "1" : "0"),
          "PREEMPT_ATTEMPT=" + std::to_string(call.attempt),
          "PREEMPT_STATE_DIR=" + call.state_folder};
}

std::string document_of(const HookCall& call) {
  core::Json document = core::Json::parse(core::to_json_text(call.notice));
  document["contract"] = 1;
  document["event"] = name_of(call.event);
  document["hook"] = call.hook;
  document["attempt"] = call.attempt;
  document["stop_by"] = core::format_utc_millis(call.stop_by);
  document["deadline"] = core::format_utc_millis(call.deadline);
  document["seconds_left"] = std::chrono::floor<Seconds>(call.left).count();
  return core::dump_json(document) + "\n";
}

}  // namespace preemptd::drain
