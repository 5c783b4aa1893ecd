#include "report/outbox/outbox.h"

#include <algorithm>
#include <utility>

namespace preemptd::report {
namespace {

using core::BootTime;
using core::Deadline;
using core::Millis;
using core::Seconds;

constexpr Millis kFirstWait{500};
constexpr Millis kLongestWait = std::chrono::minutes(5);
constexpr Millis kLongestAskedWait = std::chrono::hours(1);
constexpr Millis kLongestWaitDying = Seconds(1);
/// Kept free before the end for one more try.
constexpr Millis kLastTry = Seconds(2);
constexpr Millis kShortestAttempt = Seconds(1);

bool wants(const SinkTraits& sink, const CloudEvent& event) {
  return sink.events.empty() || std::find(sink.events.begin(), sink.events.end(), event.type) != sink.events.end();
}

bool owes(const Report& report, const std::string& sink) {
  const auto mark = report.marks.find(sink);
  return mark != report.marks.end() && mark->second == DeliveryState::owed;
}

bool is_known(const Outbox& outbox, const std::string& id) {
  const auto same = [&](const Report& report) { return report.event.id == id; };
  return std::any_of(outbox.reports.begin(), outbox.reports.end(), same) ||
         std::find(outbox.settled_ids.begin(), outbox.settled_ids.end(), id) != outbox.settled_ids.end();
}

std::size_t total_bytes(const Outbox& outbox) {
  std::size_t bytes = 0;
  for (const Report& report : outbox.reports) bytes += report.bytes;
  return bytes;
}

bool in_flight(const Outbox& outbox, const Report& report) {
  return std::any_of(outbox.sinks.begin(), outbox.sinks.end(), [&](const SinkState& sink) {
    return std::find(sink.in_flight.begin(), sink.in_flight.end(), report.number) != sink.in_flight.end();
  });
}

/// Oldest first; final ones and those on their way only when nothing else is left. Never the newest.
std::vector<Report> drop_surplus(Outbox& outbox) {
  std::vector<Report> dropped;
  while (outbox.reports.size() > kMostReports || (outbox.reports.size() > 1 && total_bytes(outbox) > kMostBytes)) {
    const auto newest = outbox.reports.end() - 1;
    auto victim = std::find_if(outbox.reports.begin(), newest,
                               [&](const Report& r) { return !is_final(r.event) && !in_flight(outbox, r); });
    if (victim == newest) victim = outbox.reports.begin();
    for (SinkState& sink : outbox.sinks) sink.lost += owes(*victim, sink.traits.name) ? 1 : 0;
    dropped.push_back(std::move(*victim));
    outbox.reports.erase(victim);
  }
  return dropped;
}

std::deque<Report>::iterator find_number(Outbox& outbox, std::uint64_t number) {
  return std::find_if(outbox.reports.begin(), outbox.reports.end(),
                      [&](const Report& r) { return r.number == number; });
}

void remember(Outbox& outbox, const std::string& id) {
  outbox.settled_ids.push_back(id);
  if (outbox.settled_ids.size() > kMostSettled) outbox.settled_ids.pop_front();
}

bool dying(const std::optional<Deadline>& end, BootTime now) {
  return end.has_value() && !end->passed(now);
}

/// One report, and those that travel in it.
struct Batch {
  const Report* carrier = nullptr;  ///< null: nothing is owed
  std::vector<const Report*> merged;
};

std::vector<const Report*> owed_to(const Outbox& outbox, const SinkState& sink) {
  std::vector<const Report*> owed;
  for (const Report& report : outbox.reports) {
    if (owes(report, sink.traits.name)) owed.push_back(&report);
  }
  return owed;
}

/// While the instance dies: how it ended, at once.
Batch choose_final(const std::vector<const Report*>& owed, bool merges) {
  Batch batch;
  for (const Report* report : owed) {
    if (is_final(report->event)) batch.carrier = report;
  }
  for (const Report* report : owed) {
    if (report == batch.carrier || batch.merged.size() == kMostMerged) break;
    if (is_final(report->event) || (merges && is_progress(report->event))) batch.merged.push_back(report);
  }
  return batch;
}

/// One that came later would undo what a newer one has set.
Batch choose_newest(std::vector<const Report*> owed) {
  if (owed.empty()) return {};
  owed.resize(std::min(owed.size(), kMostMerged + 1));
  const Report* const carrier = owed.back();
  owed.pop_back();
  return {carrier, std::move(owed)};
}

Batch choose(const Outbox& outbox, const SinkState& sink, BootTime now) {
  const auto owed = owed_to(outbox, sink);
  if (sink.traits.latest_only) return choose_newest(owed);
  const auto progress = [](const Report* report) { return is_progress(report->event); };
  const bool merges =
      static_cast<std::size_t>(std::count_if(owed.begin(), owed.end(), progress)) > sink.traits.merge_progress_above;
  if (dying(outbox.end, now)) {
    if (auto batch = choose_final(owed, merges); batch.carrier != nullptr) return batch;
  }
  Batch batch;
  for (const Report* report : owed) {
    if (batch.carrier != nullptr) batch.merged.push_back(batch.carrier);
    batch.carrier = report;
    if (!merges || !progress(report) || batch.merged.size() == kMostMerged) break;
  }
  return batch;
}

}  // namespace

std::string_view name_of(DeliveryOutcome::Kind kind) {
  switch (kind) {
    case DeliveryOutcome::Kind::delivered: return "delivered";
    case DeliveryOutcome::Kind::retry: return "retry";
    case DeliveryOutcome::Kind::permanent: return "permanent";
    case DeliveryOutcome::Kind::gone: return "gone";
  }
  return "unknown";
}

std::string_view name_of(DeliveryState mark) {
  switch (mark) {
    case DeliveryState::owed: return "owed";
    case DeliveryState::delivered: return "delivered";
    case DeliveryState::refused: return "refused";
    case DeliveryState::merged: return "merged";
  }
  return "unknown";
}

std::optional<DeliveryState> delivery_state_from(std::string_view name) {
  for (const DeliveryState mark :
       {DeliveryState::owed, DeliveryState::delivered, DeliveryState::refused, DeliveryState::merged}) {
    if (name_of(mark) == name) return mark;
  }
  return std::nullopt;
}

bool is_settled(const Report& report) {
  return std::none_of(report.marks.begin(), report.marks.end(),
                      [](const auto& mark) { return mark.second == DeliveryState::owed; });
}

Added add(Outbox& outbox, CloudEvent event, BootTime now) {
  if (is_known(outbox, event.id)) return {};
  Report report;
  for (const SinkState& sink : outbox.sinks) {
    if (wants(sink.traits, event)) report.marks[sink.traits.name] = DeliveryState::owed;
  }
  if (report.marks.empty()) return {};
  const std::uint64_t number = outbox.next_number++;
  report.number = number;
  report.bytes = to_structured(event).size();
  report.event = std::move(event);
  report.put_at = now;
  outbox.reports.push_back(std::move(report));
  return {number, drop_surplus(outbox)};
}

bool restore(Outbox& outbox, std::uint64_t number, CloudEvent event, const std::map<std::string, DeliveryState>& marks,
             BootTime now) {
  if (is_known(outbox, event.id)) return false;
  Report report;
  for (const SinkState& sink : outbox.sinks) {
    const auto before = marks.find(sink.traits.name);
    if (before != marks.end()) {
      report.marks.insert(*before);
    } else if (wants(sink.traits, event)) {
      report.marks[sink.traits.name] = DeliveryState::owed;
    }
  }
  if (is_settled(report)) return false;
  report.number = number;
  report.bytes = to_structured(event).size();
  report.event = std::move(event);
  report.put_at = now;
  report.from_before = true;
  report.may_leave = true;
  const auto place =
      std::find_if(outbox.reports.begin(), outbox.reports.end(), [&](const Report& r) { return r.number > number; });
  outbox.reports.insert(place, std::move(report));
  outbox.next_number = std::max(outbox.next_number, number + 1);
  return true;
}

void stored(Outbox& outbox, std::uint64_t number) {
  const auto report = find_number(outbox, number);
  if (report != outbox.reports.end()) report->may_leave = true;
}

bool forget(Outbox& outbox, std::uint64_t number) {
  const auto report = find_number(outbox, number);
  if (report == outbox.reports.end()) return false;
  remember(outbox, report->event.id);
  outbox.reports.erase(report);
  return true;
}

Next next(const Outbox& outbox, std::size_t sink_index, BootTime now) {
  const SinkState& sink = outbox.sinks[sink_index];
  if (!sink.in_flight.empty() || sink.gone) return Nothing{};
  const auto [report, merged] = choose(outbox, sink, now);
  if (report == nullptr) return Nothing{};
  BootTime not_before = sink.not_before;
  if (!report->may_leave) not_before = std::max(not_before, report->put_at + kDiskPatience);
  if (not_before > now) return WaitUntil{not_before};
  Try attempt{report->number, {}, attempt_deadline(sink.traits.timeout, outbox.end, now), {}};
  attempt.remarks.late = report->from_before || now - report->put_at > kLateAfter;
  attempt.remarks.lost = sink.lost;
  for (const Report* inner : merged) {
    attempt.merged.push_back(inner->number);
    attempt.remarks.merged.push_back(inner->event);
  }
  return attempt;
}

void started(Outbox& outbox, std::size_t sink, const Try& attempt) {
  outbox.sinks[sink].in_flight = attempt.merged;
  outbox.sinks[sink].in_flight.push_back(attempt.number);
}

std::vector<const Report*> finished(Outbox& outbox, std::size_t sink_index, const DeliveryOutcome& outcome,
                                    double jitter, BootTime now) {
  SinkState& sink = outbox.sinks[sink_index];
  const auto numbers = std::exchange(sink.in_flight, {});
  const bool failed = outcome.kind == DeliveryOutcome::Kind::retry;
  const bool delivered = outcome.kind == DeliveryOutcome::Kind::delivered;
  sink.failures = failed ? sink.failures + 1 : 0;
  const auto wait = [&] {
    return std::max(sink.traits.pause, backoff(sink.failures, outcome.after, jitter, outbox.end, now));
  };
  sink.not_before = failed ? now + wait() : now;
  sink.told_to_wait = failed && outcome.after.has_value();
  sink.gone = sink.gone || outcome.kind == DeliveryOutcome::Kind::gone;
  if (delivered) sink.lost = 0;

  std::vector<const Report*> about;
  for (const std::uint64_t number : numbers) {
    const auto report = find_number(outbox, number);
    if (report == outbox.reports.end()) continue;
    const bool carrier = number == numbers.back();
    if (delivered) report->marks[sink.traits.name] = carrier ? DeliveryState::delivered : DeliveryState::merged;
    // What it carried may be welcome by itself.
    if (carrier && outcome.kind == DeliveryOutcome::Kind::permanent)
      report->marks[sink.traits.name] = DeliveryState::refused;
    about.push_back(&*report);
  }
  return about;
}

void set_end(Outbox& outbox, std::optional<Deadline> end, BootTime now) {
  outbox.end = end;
  if (!dying(end, now)) return;
  for (SinkState& sink : outbox.sinks) {
    const BootTime latest = sink.told_to_wait ? std::max(now, end->at() - kLastTry) : now;
    sink.not_before = std::min(sink.not_before, latest);
  }
}

void replace_sinks(Outbox& outbox, std::vector<SinkTraits> sinks) {
  const auto before = std::exchange(outbox.sinks, {});
  for (auto& traits : sinks) {
    SinkState state;
    for (const SinkState& known : before) state.lost += known.traits.name == traits.name ? known.lost : 0;
    state.traits = std::move(traits);
    outbox.sinks.push_back(std::move(state));
  }
  const auto is_known_sink = [&](const std::string& name) {
    return std::any_of(outbox.sinks.begin(), outbox.sinks.end(),
                       [&](const SinkState& s) { return s.traits.name == name; });
  };
  for (Report& report : outbox.reports) {
    std::erase_if(report.marks,
                  [&](const auto& mark) { return mark.second == DeliveryState::owed && !is_known_sink(mark.first); });
  }
}

std::vector<Report> take_settled(Outbox& outbox) {
  std::vector<Report> settled;
  for (Report& report : outbox.reports) {
    if (!is_settled(report)) continue;
    remember(outbox, report.event.id);
    settled.push_back(std::move(report));
  }
  const auto was_taken = [&](const Report& report) {
    return std::any_of(settled.begin(), settled.end(),
                       [&](const Report& taken) { return taken.number == report.number; });
  };
  std::erase_if(outbox.reports, was_taken);
  return settled;
}

Millis backoff(int failures, std::optional<Millis> asked, double jitter, std::optional<Deadline> end, BootTime now) {
  const int doublings = std::clamp(failures - 1, 0, 20);
  Millis longest = std::min(kLongestWait, Millis(kFirstWait.count() << doublings));
  if (dying(end, now)) longest = std::min(longest, kLongestWaitDying);
  // Not below a tenth: a jitter of zero must not turn into a busy loop.
  Millis wait(static_cast<Millis::rep>(static_cast<double>(longest.count()) * (0.1 + 0.9 * jitter)));
  if (asked) wait = std::clamp(*asked, wait, std::max(wait, kLongestAskedWait));
  if (!dying(end, now)) return wait;
  const Millis left = end->left(now);
  return std::min(wait, std::max(left - kLastTry, std::min(wait, kLongestWaitDying)));
}

Deadline attempt_deadline(Millis timeout, std::optional<Deadline> end, BootTime now) {
  if (!dying(end, now)) return Deadline::after(now, timeout);
  const Millis quarter = std::max(end->left(now) / 4, kShortestAttempt);
  return Deadline::after(now, std::min(timeout, quarter));
}

}  // namespace preemptd::report
