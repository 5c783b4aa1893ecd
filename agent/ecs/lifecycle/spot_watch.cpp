#include "ecs/lifecycle/spot_watch.h"

#include <algorithm>
#include <set>

namespace preemptd::ecs {
namespace {

/// The API is eventually consistent: one look may miss an instance that is there.
constexpr int kMissesToVanish = 2;

bool first_time(bool now, bool& before) {
  if (!now || before) return false;
  before = true;
  return true;
}

}  // namespace

std::string_view name_of(SpotEvent event) {
  switch (event) {
    case SpotEvent::recycling: return "recycling";
    case SpotEvent::stopped: return "stopped";
    case SpotEvent::vanished: return "vanished";
  }
  return "vanished";
}

SpotWatch::SpotWatch(const std::vector<std::string>& expected) {
  for (const auto& id : expected) known_[id] = {};
}

std::vector<SpotChange> SpotWatch::look(const std::vector<InstanceSummary>& found) {
  std::vector<SpotChange> happenings;
  std::set<std::string> present;
  for (const auto& each : found) {
    present.insert(each.instance_id);
    auto& known = known_[each.instance_id];
    known.missed = 0;
    known.gone = false;
    if (first_time(each.recycling(), known.recycling)) happenings.push_back({SpotEvent::recycling, each.instance_id});
    const bool stopped = each.status == "Stopped";
    if (first_time(stopped, known.stopped)) happenings.push_back({SpotEvent::stopped, each.instance_id});
    known.stopped = stopped;
    known.recycling = each.recycling();
  }
  for (auto& [id, known] : known_) {
    if (present.contains(id) || known.gone || ++known.missed < kMissesToVanish) continue;
    known.gone = true;
    happenings.push_back({SpotEvent::vanished, id});
  }
  return happenings;
}

std::size_t SpotWatch::still_there() const {
  return static_cast<std::size_t>(
      std::count_if(known_.begin(), known_.end(), [](const auto& each) { return !each.second.gone; }));
}

Result<std::vector<InstanceSummary>> poll_instances(Client& client, const InstanceQuery& query, core::Deadline by,
                                                    int& calls) {
  std::vector<InstanceSummary> found;
  for (auto& call : calls_of(client, query)) {
    Pages pages(client, std::move(call), Paging::token, {"Instances"}, by);
    for (;;) {
      ++calls;
      auto page = pages.next();
      if (!page) return tl::unexpected(std::move(page.error()));
      if (!*page) break;
      for (const auto& each : **page) found.push_back(sighting_of(each));
      if (pages.over()) break;
    }
  }
  return found;
}

core::Millis pause_for_budget(std::size_t calls_per_look, int calls_per_minute) {
  const auto looks = std::max<std::size_t>(calls_per_look, 1);
  return core::Millis{60'000 * static_cast<core::Millis::rep>(looks) / std::max(calls_per_minute, 1)};
}

}  // namespace preemptd::ecs
