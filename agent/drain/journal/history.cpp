#include "drain/journal/history.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json.h"
#include "sys/files.h"

namespace preemptd::drain {
namespace {

constexpr std::size_t kNewest = 8, kMostHooks = 512, kFileLimit = 256 * 1024;

struct Series {
  const char* member;
  History::Kind kind;
};
constexpr Series kSeries[] = {{"took_ms", History::Kind::real}, {"rehearsed_ms", History::Kind::rehearsed}};

}  // namespace

History History::parse(std::string_view text) {
  History history;
  const auto json = core::parse_json(text);
  if (!json) return history;
  for (const auto& [member, kind] : kSeries) {
    if (!core::member_at(*json, member).is_object()) continue;
    for (const auto& [hook, durations] : core::member_at(*json, member).items()) {
      if (!durations.is_array()) continue;  // a bare number would be walked like a list of one
      for (const auto& one : durations)
        if (one.is_number_unsigned()) history.add(hook, Millis(one.get<std::uint32_t>()), kind);
    }
  }
  return history;
}

std::string History::to_text() const {
  core::Json real = core::Json::object(), rehearsed = core::Json::object();
  for (const auto& [hook, took] : took_) {
    for (const Millis one : took.real) real[hook].push_back(one.count());
    for (const Millis one : took.rehearsed) rehearsed[hook].push_back(one.count());
  }
  return core::dump_json_pretty({{"version", 1}, {"took_ms", std::move(real)}, {"rehearsed_ms", std::move(rehearsed)}});
}

void History::add(const std::string& hook, Millis took, Kind kind) {
  if (took_.size() >= kMostHooks && took_.count(hook) == 0) return;
  auto& durations = kind == Kind::real ? took_[hook].real : took_[hook].rehearsed;
  durations.push_back(took);
  if (durations.size() > kNewest) durations.pop_front();
}

void History::add(const Record& record) {
  const Kind kind = record.notice.rehearsal ? Kind::rehearsed : Kind::real;
  for (const auto& hook : record.hooks)
    if (hook.outcome && hook.outcome->ending == Ending::ok && hook.started && hook.ended)
      add(hook.plan.hook.name, std::chrono::floor<Millis>(*hook.ended - *hook.started), kind);
}

std::optional<Millis> History::predicted(const std::string& hook) const {
  auto durations = took(hook, Kind::real);
  const auto rehearsed = took(hook, Kind::rehearsed);
  durations.insert(durations.end(), rehearsed.begin(), rehearsed.end());
  return p95(std::move(durations));
}

std::vector<Millis> History::took(const std::string& hook, Kind kind) const {
  const auto found = took_.find(hook);
  if (found == took_.end()) return {};
  const auto& durations = kind == Kind::real ? found->second.real : found->second.rehearsed;
  return {durations.begin(), durations.end()};
}

std::optional<Millis> p95(std::vector<Millis> durations) {
  if (durations.empty()) return std::nullopt;
  const std::size_t rank = (durations.size() * 95 + 99) / 100;
  std::nth_element(durations.begin(), durations.begin() + static_cast<std::ptrdiff_t>(rank) - 1, durations.end());
  return durations[rank - 1];
}

std::string history_path(const std::string& state_folder) {
  return state_folder + "/drains/durations.json";
}

History read_history(const std::string& state_folder) {
  const auto text = sys::read_file(history_path(state_folder), kFileLimit, sys::Links::refuse);
  return text && *text ? History::parse(**text) : History();
}

void predict(Discovery& found, const History& history) {
  for (auto& hook : found.hooks) hook.spec.predicted = history.predicted(hook.spec.name);
}

}  // namespace preemptd::drain
