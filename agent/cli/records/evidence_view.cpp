#include "cli/records/evidence_view.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "core/text.h"
#include "core/utc.h"

namespace preemptd::cli {
namespace {

using core::Millis;

/// "-0.9 s" before the notice was seen, "+12.0 s" after it.
std::string relative(Millis after) {
  char text[32];
  std::snprintf(text, sizeof text, "%+.1f s", static_cast<double>(after.count()) / 1000);
  return text;
}

/// The boot clock's answer where both moments were in one boot, else the wall clock's.
Millis distance(core::Millis by_boot, core::Millis by_wall) {
  const bool same_boot = by_boot - by_wall < std::chrono::minutes(10) && by_wall - by_boot < std::chrono::minutes(10);
  return same_boot ? by_boot : by_wall;
}

Millis after_notice(const drain::Record& record, const node::Poll& poll) {
  return distance(std::chrono::duration_cast<Millis>(poll.at - record.notice.seen_at_boot),
                  poll.wall - record.notice.seen_at);
}

bool announces(const node::Poll& poll) {
  return poll.answer == "notice" || poll.answer == "locked";
}

std::string times(int count) {
  return count == 1 ? "once" : std::to_string(count) + " times";
}

std::string counted(const std::map<std::string, int>& counts) {
  std::string text;
  for (const auto& [what, count] : counts)
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + core::printable(what, 60);
  return text;
}

/// As the header shows. Empty: the source was not asked.
std::string polls_of(core::Source source, const drain::Record& record, const EvidenceRuns& evidence) {
  std::map<std::string, int> since_then;
  int before = 0, after = 0;
  std::string last;
  for (const auto& run : evidence) {
    for (const auto& poll : run.polled.polls) {
      if (poll.source != source) continue;
      const auto when = after_notice(record, poll);
      if (when + poll.took <= Millis(0) && !announces(poll)) {
        ++before;
        last = spoken(-when.count()) + " before: " + core::printable(poll.answer, 60);
      } else {
        ++after;
        ++since_then[poll.answer];
      }
    }
  }
  if (before + after == 0) return "";
  std::string text = before > 0 ? "asked " + times(before) + " before it, the last " + last : "not asked before it";
  text += "; " + times(after) + " from then on";
  return since_then.empty() ? text : text + ": " + counted(since_then);
}

}  // namespace

std::vector<Brief> polls_in_short(const drain::Record& record, const EvidenceRuns& evidence) {
  std::vector<Brief> lines;
  for (const auto source : {core::Source::metadata, core::Source::operation_lock})
    if (auto polls = polls_of(source, record, evidence); !polls.empty())
      lines.push_back({std::string(core::name_of(source)), std::move(polls)});
  return lines;
}

std::vector<Brief> deliveries_in_short(const EvidenceRuns& evidence) {
  std::map<std::string, std::map<std::string, int>> by_sink;
  for (const auto& run : evidence)
    for (const auto& delivery : run.deliveries)
      if (!delivery.sink.empty()) ++by_sink[delivery.sink][delivery.outcome];
  std::vector<Brief> lines;
  for (const auto& [sink, outcomes] : by_sink) lines.push_back({core::printable(sink, 60), counted(outcomes)});
  return lines;
}

Millis notice_in_chart(const drain::Record& record) {
  return distance(std::chrono::duration_cast<Millis>(record.notice.seen_at_boot - record.started_boot),
                  record.notice.seen_at - record.started_at);
}

std::vector<Millis> poll_times(const drain::Record& record, const EvidenceRuns& evidence) {
  std::vector<Millis> times;
  for (const auto& run : evidence)
    for (const auto& poll : run.polled.polls) times.push_back(after_notice(record, poll));
  return times;
}

std::vector<Millis> delivery_times(const drain::Record& record, const EvidenceRuns& evidence) {
  std::vector<Millis> times;
  for (const auto& run : evidence)
    for (const auto& delivery : run.deliveries) times.push_back(delivery.at - record.notice.seen_at);
  return times;
}

Table polls_table(const drain::Record& record, const EvidenceRuns& evidence) {
  Table table{{{"WHEN", Align::right},
               {"CLOCK"},
               {"SOURCE"},
               {"TOOK", Align::right},
               {"ANSWER"},
               {"DETAIL", Align::left, true}},
              {},
              "no polls on record"};
  for (const auto& run : evidence) {
    for (const auto& poll : run.polled.polls) {
      const bool announced = announces(poll),
                 fine = announced || poll.answer == "no notice" || poll.answer == "not locked";
      table.rows.push_back({relative(after_notice(record, poll)),
                            core::format_utc_millis(poll.wall),
                            std::string(core::name_of(poll.source)),
                            spoken(poll.took.count()),
                            {core::printable(poll.answer, 60), announced ? Tone::strong
                                                               : fine    ? Tone::plain
                                                                         : Tone::warn},
                            core::printable(poll.detail, 300)});
    }
  }
  return table;
}

Table deliveries_table(const drain::Record& record, const EvidenceRuns& evidence) {
  Table table{{{"WHEN", Align::right},
               {"SINK"},
               {"REPORT"},
               {"OUTCOME"},
               {"TOOK", Align::right},
               {"DETAIL", Align::left, true}},
              {},
              "no reports on record"};
  for (const auto& run : evidence) {
    for (const auto& delivery : run.deliveries) {
      const bool fine = delivery.outcome == "delivered";
      table.rows.push_back({relative(delivery.at - record.notice.seen_at),
                            core::printable(delivery.sink, 60),
                            core::printable(delivery.type, 60),
                            {core::printable(delivery.outcome, 40), fine ? Tone::good : Tone::warn},
                            spoken(delivery.took.count()),
                            core::printable(delivery.detail, 300)});
    }
  }
  return table;
}

}  // namespace preemptd::cli
