#include "drain/history.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json.h"
#include "sys/files.h"

namespace preemptd::drain {
namespace {

constexpr std::size_t kNewest = 8, kMostHooks = 512, kFileLimit = 256 * 1024;

}  // namespace

History History::parse(std::string_view text) {
  History history;
  const auto json = core::parse_json(text);
  if (!json || !core::member_at(*json, "took_ms").is_object()) return history;
  for (const auto& [hook, durations] : core::member_at(*json, "took_ms").items()) {
    if (!durations.is_array()) continue;  // a bare number would be walked like a list of one
    for (const auto& one : durations)
      if (one.is_number_unsigned()) history.add(hook, Millis(one.get<std::uint32_t>()));
  }
  return history;
}

std::string History::to_text() const {
  core::Json hooks = core::Json::object();
  for (const auto& [hook, durations] : took_)
    for (const Millis one : durations) hooks[hook].push_back(one.count());
  return core::dump_json_pretty({{"version", 1}, {"took_ms", std::move(hooks)}});
}

void History::add(const std::string& hook, Millis took) {
  if (took_.size() >= kMostHooks && took_.count(hook) == 0) return;
  auto& durations = took_[hook];
  durations.push_back(took);
  if (durations.size() > kNewest) durations.pop_front();
}

std::optional<Millis> History::predicted(const std::string& hook) const {
  const auto found = took_.find(hook);
  if (found == took_.end()) return std::nullopt;
  return *std::max_element(found->second.begin(), found->second.end());
}

std::string history_path(const std::string& state_folder) { return state_folder + "/drains/durations.json"; }

History read_history(const std::string& state_folder) {
  const auto text = sys::read_file(history_path(state_folder), kFileLimit, sys::Links::refuse);
  return text && *text ? History::parse(**text) : History();
}

void predict(Discovery& found, const History& history) {
  for (auto& hook : found.hooks) hook.spec.predicted = history.predicted(hook.spec.name);
}

}  // namespace preemptd::drain
