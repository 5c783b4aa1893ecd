#include "ecs/instances/wait.h"

#include <algorithm>
#include <set>
#include <utility>

#include "ecs/instances/instance.h"

namespace preemptd::ecs {
namespace {

constexpr core::Millis kFirstPause{1000};
constexpr core::Millis kLongestPause{5000};

bool passes(const Failure& failure) {
  const auto fault = failure.error.fault;
  return fault == core::Fault::unreachable || fault == core::Fault::timed_out || fault == core::Fault::throttled ||
         fault == core::Fault::bad_reply;
}

Outcome<Statuses> look(Client& client, const std::vector<std::string>& ids, core::Deadline by) {
  auto found = describe_instance_status(client, ids, by);
  if (!found) return tl::unexpected(std::move(found.error()));
  Statuses now;
  for (const auto& id : ids) now[id] = "";
  for (const auto& each : *found) {
    if (now.contains(each.id)) now[each.id] = each.status;
  }
  return now;
}

std::vector<std::string> vanished(const Statuses& now, std::set<std::string>& seen) {
  std::vector<std::string> gone;
  for (const auto& [id, status] : now) {
    if (!status.empty()) {
      seen.insert(id);
    } else if (seen.contains(id)) {
      gone.push_back(id);
    }
  }
  return gone;
}

bool all_are(const Statuses& now, const std::string& status) {
  return std::all_of(now.begin(), now.end(), [&](const auto& each) { return each.second == status; });
}

}  // namespace

Outcome<WaitOutcome> wait_for_status(Client& client, const std::vector<std::string>& ids, const std::string& status,
                                     core::Deadline by, const Progress& progress) {
  Statuses now;
  std::set<std::string> seen;
  core::Millis pause = kFirstPause;
  for (;;) {
    auto looked = look(client, ids, by);
    if (!looked && !passes(looked.error())) return tl::unexpected(std::move(looked.error()));
    if (looked) {
      now = std::move(*looked);
      if (progress) progress(now);
      if (all_are(now, status)) return WaitOutcome(Reached{now});
      auto gone = vanished(now, seen);
      if (!status.empty() && !gone.empty()) return WaitOutcome(Vanished{std::move(gone), now});
    }
    const auto left = by.left(client.clock().boot_now());
    if (left.count() == 0 || !client.wait(std::min(pause, left))) return WaitOutcome(RanOut{now});
    pause = std::min(pause * 3 / 2, kLongestPause);
  }
}

}  // namespace preemptd::ecs
