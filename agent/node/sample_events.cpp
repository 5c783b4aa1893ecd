#include "node/sample_events.h"

#include "core/utc.h"
#include "node/report_events.h"

namespace preemptd::node {
namespace {

core::Notice sample_notice() {
  core::Notice notice;
  notice.id = "i-bp1sample-20261123T070809Z";
  notice.instance = {"i-bp1sample", "cn-hangzhou", "cn-hangzhou-i", "ecs.g7.large"};
  notice.sources = {core::Source::metadata, core::Source::operation_lock};
  notice.behavior = core::Behavior::terminate;
  notice.termination_time = *core::parse_utc("2026-11-23T07:08:09Z");
  notice.seen_at = *core::parse_utc("2026-11-23T07:03:11.250Z");
  notice.reason = "ünïcode, \"quotes\", \\ and\nlines";
  return notice;
}

drain::DrainStarted sample_start(const core::Notice& notice) {
  drain::DrainStarted started;
  started.notice = notice;
  started.hooks.resize(2);
  for (auto& entry : started.hooks) {
    entry.hook.name = "20-kubernetes.sh";
    entry.standing = "runs";
  }
  return started;
}

drain::HookFinished sample_hook() {
  drain::HookFinished finished;
  finished.hook = "20-kubernetes.sh";
  finished.attempt = 1;
  finished.err.tail = "\x1b[31m\"no\"\n";
  return finished;
}

}  // namespace

std::vector<report::CloudEvent> sample_events() {
  const core::Notice notice = sample_notice();
  const auto at = notice.seen_at;
  std::vector<report::CloudEvent> events;
  drain::Record record;
  record.hooks.resize(2);
  record.hooks[1].outcome = drain::HookOutcome{};
  for (const char* type : {"notice.seen", "notice.moved", "notice.withdrawn"})
    events.push_back(notice_event(type, notice, at));
  for (const char* type : {"sources.disagree", "sources.agree"})
    events.push_back(sources_event(type, notice, core::Source::metadata, core::Seconds(10), at));
  for (const char* type : {"agent.started", "agent.blind", "agent.sighted"})
    events.push_back(agent_event(type, notice.instance, at));
  for (const drain::JournalBody& body :
       {drain::JournalBody(sample_start(notice)), drain::JournalBody(sample_hook()),
        drain::JournalBody(drain::DrainFinished{}), drain::JournalBody(drain::UndoFinished{})}) {
    if (auto event = journal_event(notice, {at, {}, body}, record)) events.push_back(std::move(*event));
  }
  record.hooks[0].started = core::BootTime{};
  events.push_back(unfinished_event(notice, record, core::Seconds(10), at));
  return events;
}

}  // namespace preemptd::node
