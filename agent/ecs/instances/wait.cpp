#include "ecs/instances/wait.h"

#include <algorithm>
#include <utility>

#include "ecs/instances/instance.h"

namespace preemptd::ecs {
namespace {

constexpr core::Millis kFirstPoll{1000};
constexpr core::Millis kLongestPoll{5000};
/// The API is eventually consistent: one look may miss an instance that is there.
constexpr int kMissesToBeGone = 2;

/// Some gateways refuse ids that the cloud does not know yet; after this time such a refusal is taken at its word.
constexpr core::Millis kLongestToAppear = core::Seconds(60);

bool is_about_unknown_ids(const Failure& failure) {
  return failure.server && is_not_found(*failure.server) && failure.server->code.starts_with("InvalidInstanceId");
}

Statuses none_of(const std::vector<std::string>& ids) {
  Statuses now;
  for (const auto& id : ids) now[id] = "";
  return now;
}

Result<Statuses> look(Client& client, const std::vector<std::string>& ids, core::Deadline by);

/// The whole question was refused because of an id nobody knows: which one it is, single questions show.
Result<Statuses> look_at_each(Client& client, const std::vector<std::string>& ids, core::Deadline by) {
  Statuses now;
  for (const auto& id : ids) {
    auto one = look(client, {id}, by);
    if (!one && !is_about_unknown_ids(one.error())) return one;
    now[id] = one ? (*one)[id] : "";
  }
  return now;
}

Result<Statuses> look(Client& client, const std::vector<std::string>& ids, core::Deadline by) {
  auto found = describe_instance_status(client, ids, by);
  if (!found && ids.size() > 1 && is_about_unknown_ids(found.error())) return look_at_each(client, ids, by);
  if (!found) return tl::unexpected(std::move(found.error()));
  auto now = none_of(ids);
  for (const auto& each : *found) {
    if (now.contains(each.id)) now[each.id] = each.status;
  }
  return now;
}

/// How many looks running have missed each id that was seen before.
using Misses = std::map<std::string, int>;

void count(Misses& misses, const Statuses& now) {
  for (const auto& [id, status] : now) {
    if (!status.empty()) {
      misses[id] = 0;
    } else if (const auto seen = misses.find(id); seen != misses.end()) {
      ++seen->second;
    }
  }
}

std::vector<std::string> gone_in(const Misses& misses) {
  std::vector<std::string> gone;
  for (const auto& [id, missed] : misses) {
    if (missed >= kMissesToBeGone) gone.push_back(id);
  }
  return gone;
}

bool all_are(const Statuses& now, const std::string& status, const Misses& misses) {
  return std::all_of(now.begin(), now.end(), [&](const auto& each) {
    const auto seen = misses.find(each.first);
    const bool sure = !status.empty() || seen == misses.end() || seen->second >= kMissesToBeGone;
    return each.second == status && sure;
  });
}

}  // namespace

Result<WaitOutcome> wait_for_status(Client& client, const std::vector<std::string>& ids, const std::string& status,
                                    core::Deadline by, const Progress& progress) {
  RanOut so_far;
  Misses misses;
  core::Millis pause = kFirstPoll;
  const auto appears_by = core::Deadline::after(client.clock().boot_now(), kLongestToAppear).sooner_of(by);
  for (;;) {
    auto looked = look(client, ids, by);
    if (!looked && is_about_unknown_ids(looked.error()) &&
        (status.empty() || !misses.empty() || !appears_by.passed(client.clock().boot_now()))) {
      looked = none_of(ids);
    }
    if (!looked && !is_passing(looked.error())) return tl::unexpected(std::move(looked.error()));
    if (looked) {
      so_far = {std::move(*looked), std::nullopt};
      const auto& now = so_far.now;
      count(misses, now);
      if (progress) progress(now);
      if (all_are(now, status, misses)) return WaitOutcome(Reached{now});
      auto gone = gone_in(misses);
      if (!status.empty() && !gone.empty()) return WaitOutcome(Vanished{std::move(gone), now});
    } else {
      so_far.trouble = std::move(looked.error());
    }
    const auto left = by.left(client.clock().boot_now());
    if (left.count() == 0 || !client.wait(std::min(pause, left)) || by.passed(client.clock().boot_now()))
      return WaitOutcome(so_far);
    pause = std::min(pause * 3 / 2, kLongestPoll);
  }
}

}  // namespace preemptd::ecs
