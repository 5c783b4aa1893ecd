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
    case SpotEvent::stopping: return "stopping";
    case SpotEvent::stopped: return "stopped";
    case SpotEvent::back: return "back";
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
    look_at(each, known_[each.instance_id], happenings);
  }
  for (auto& [id, known] : known_) {
    if (present.contains(id) || known.gone || ++known.missed < kMissesToVanish) continue;
    known.gone = true;
    if (known.seen) happenings.push_back({SpotEvent::vanished, id});
  }
  return happenings;
}

void SpotWatch::look_at(const InstanceSummary& found, Known& known, std::vector<SpotChange>& changes) {
  const auto happens = [&](SpotEvent event) { changes.push_back({event, found.instance_id}); };
  const bool was_stopped = known.stopped;
  if (known.seen && (known.gone || (was_stopped && found.status == "Running"))) happens(SpotEvent::back);
  if (first_time(found.recycling(), known.recycling)) happens(SpotEvent::recycling);
  if (first_time(found.status == "Stopping", known.stopping)) happens(SpotEvent::stopping);
  if (first_time(found.status == "Stopped", known.stopped)) happens(SpotEvent::stopped);
  known.seen = true;
  known.gone = false;
  known.missed = 0;
  known.recycling = found.recycling();
  known.stopping = found.status == "Stopping";
  known.stopped = found.status == "Stopped" || (was_stopped && found.status == "Starting");
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
