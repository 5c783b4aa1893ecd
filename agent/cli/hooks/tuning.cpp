#include "cli/hooks/tuning.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/duration.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

using core::Millis;
using core::Seconds;

constexpr std::size_t kFew = 3;

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

Json optional_ms(const std::optional<Millis>& value) {
  return value ? Json(value->count()) : Json(nullptr);
}

}  // namespace

Tuning tuning_of(const drain::HookSpec& hook, const std::vector<drain::Record>& records,
                 const drain::History& history) {
  Tuning tuning;
  tuning.hook = hook.name;
  tuning.now = hook.options;
  std::vector<Millis> took;
  for (const auto& record : records) {
    if (record.notice.rehearsal) continue;
    for (const auto& one : record.hooks) {
      if (one.plan.hook.name != hook.name || !one.outcome || !one.started || !one.ended) continue;
      if (one.outcome->ending == drain::Ending::ok)
        took.push_back(std::chrono::ceil<Millis>(*one.ended - *one.started));
      if (one.outcome->ending == drain::Ending::ran_out_of_time) ++tuning.stopped;
    }
  }
  const auto remembered = history.took(hook.name, drain::History::Kind::real);
  if (remembered.size() > took.size()) took = remembered;
  const auto rehearsed = history.took(hook.name, drain::History::Kind::rehearsed);
  tuning.drains = took.size();
  tuning.rehearsals = rehearsed.size();
  took.insert(took.end(), rehearsed.begin(), rehearsed.end());
  tuning.p95 = drain::p95(std::move(took));
  if (!tuning.p95) return tuning;
  tuning.reserve = std::chrono::ceil<Seconds>(*tuning.p95 + *tuning.p95 / 4 + Seconds(1));
  tuning.timeout = 2 * tuning.reserve;
  if (tuning.stopped > 0) tuning.timeout = std::max(tuning.timeout, hook.options.timeout.value_or(Millis(0)));
  return tuning;
}

std::string line_of(const Tuning& tuning) {
  return "timeout=" + core::format_duration(tuning.timeout) + " reserve=" + core::format_duration(tuning.reserve);
}

std::string evidence_of(const Tuning& tuning) {
  const std::string stopped =
      tuning.stopped == 0 ? "" : ", and " + counted(tuning.stopped, "run") + " that had to be stopped";
  if (!tuning.p95) return "never seen to go well" + stopped + ": run preemptctl rehearse";
  const std::size_t runs = tuning.drains + tuning.rehearsals;
  return "p95 " + spoken(tuning.p95->count()) + " of " + counted(tuning.drains, "drain") + " and " +
         counted(tuning.rehearsals, "rehearsal") + stopped + (runs < kFew ? "; few, look again later" : "");
}

Json as_json(const Tuning& tuning) {
  Json json{{"hook", core::valid_utf8(tuning.hook)},
            {"drains", tuning.drains},
            {"rehearsals", tuning.rehearsals},
            {"stopped", tuning.stopped},
            {"p95_ms", optional_ms(tuning.p95)},
            {"now", {{"timeout_ms", optional_ms(tuning.now.timeout)}, {"reserve_ms", optional_ms(tuning.now.reserve)}}},
            {"proposed", nullptr}};
  if (tuning.p95)
    json["proposed"] = {{"timeout_ms", tuning.timeout.count()},
                        {"reserve_ms", tuning.reserve.count()},
                        {"line", "# preemptd: " + line_of(tuning)}};
  return json;
}

}  // namespace preemptd::cli
