#include "cli/session/waiting.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/text.h"
#include "ecs/storage/storage.h"

namespace preemptd::cli {

namespace {

std::string spoken_status(const std::string& status) {
  return status.empty() ? "not there" : core::printable(status, 32);
}

std::string each_by_name(const ecs::Statuses& now) {
  std::string text;
  for (const auto& [id, status] : now)
    text += (text.empty() ? "" : ", ") + core::printable(id, 128) + " is " + spoken_status(status);
  return text;
}

}  // namespace

std::string statuses_text(const ecs::Statuses& now) {
  if (now.size() == 1) return each_by_name(now);
  std::map<std::string, int> counts;
  for (const auto& [id, status] : now) ++counts[spoken_status(status)];
  std::string text;
  for (const auto& [status, count] : counts) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + status;
  return text;
}

ecs::ProgressCallback progress_note(CloudSession& session) {
  return [&session](const std::string& step, const ecs::Statuses& now) {
    session.out().progress(step + (now.empty() ? "" : ": " + statuses_text(now)));
  };
}

Exit report_wait(CloudSession& session, const ecs::WaitOutcome& outcome, const std::string& late) {
  session.out().progress("");
  if (const auto* reached = std::get_if<ecs::Reached>(&outcome)) {
    session.out().note(statuses_text(reached->now));
    return Exit::ok;
  }
  if (const auto* vanished = std::get_if<ecs::Vanished>(&outcome)) {
    for (const auto& id : vanished->ids)
      session.out().error(core::printable(id, 128) + " is gone: released, or taken back for lack of stock");
    return Exit::not_found;
  }
  const auto& [now, trouble] = std::get<ecs::RanOut>(outcome);
  session.out().error(late + (now.empty() ? "" : ": " + each_by_name(now)) +
                      (trouble ? "; the last look failed: " + core::describe(trouble->error) : ""));
  return Exit::timed_out;
}

const ecs::Statuses& statuses_of(const ecs::WaitOutcome& outcome) {
  return std::visit([](const auto& ended) -> const ecs::Statuses& { return ended.now; }, outcome);
}

ecs::Result<ecs::WaitOutcome> wait_with_progress(CloudSession& session, const std::vector<std::string>& ids,
                                                 const std::string& status) {
  const std::string step = status.empty() ? "waiting until they are gone" : "waiting for " + status;
  return ecs::wait_for_status(session.client(), ids, status, session.by(), [&](const ecs::Statuses& now) {
    session.out().progress(step + ": " + statuses_text(now));
  });
}

Exit wait_and_report(CloudSession& session, const std::vector<std::string>& ids, const std::string& status) {
  const auto outcome = wait_with_progress(session, ids, status);
  if (!outcome) return session.report_failure(outcome.error());
  return report_wait(session, *outcome);
}

Exit wait_until(CloudSession& session, const std::string& id, const std::string& wanted,
                const std::function<ecs::Result<std::string>()>& look) {
  for (;;) {
    const auto status = look();
    if (!status && !ecs::is_passing(status.error())) return session.report_failure(status.error());
    const std::string text =
        status ? core::printable(id + " is " + (status->empty() ? "not to be seen yet" : *status), 256)
               : "the last look for " + core::printable(id, 128) + " failed: " + core::describe(status.error().error);
    if (status && *status == wanted) {
      session.out().progress("");
      return Exit::ok;
    }
    if (status && status->ends_with("ailed")) {
      session.out().error(text);
      return Exit::refused;
    }
    session.out().progress(text);
    if (session.by().passed(core::system_clock().boot_now()) || !session.client().wait(core::Seconds(1))) {
      session.out().error("time ran out: " + text);
      return Exit::timed_out;
    }
  }
}

std::optional<ecs::Failure> wait_for_snapshots(CloudSession& session, const std::vector<std::string>& ids) {
  constexpr core::Millis kPause = core::Seconds(3);
  ecs::SnapshotQuery query;
  query.ids = ids;
  while (!ids.empty()) {
    const auto found = ecs::describe_snapshots(session.client(), query, session.by());
    if (!found && !ecs::is_passing(found.error())) return found.error();
    const auto count = [&](const char* status) {
      if (!found) return std::ptrdiff_t{0};
      return std::count_if(found->begin(), found->end(), [&](const auto& each) { return each.status == status; });
    };
    if (count("failed") > 0) {
      return ecs::Failure{
          {core::ErrorCode::refused, "a snapshot failed; nothing was released", ""}, std::nullopt, false};
    }
    const auto finished = count("accomplished");
    session.out().progress("snapshots: " + std::to_string(finished) + " of " + std::to_string(ids.size()) +
                           " finished");
    if (finished == static_cast<std::ptrdiff_t>(ids.size())) break;
    if (session.by().passed(core::system_clock().boot_now()) || !session.client().wait(kPause)) {
      return ecs::Failure{
          {core::ErrorCode::timed_out, "the snapshots did not finish in time; nothing was released", ""},
          std::nullopt,
          false};
    }
  }
  return std::nullopt;
}

}  // namespace preemptd::cli
