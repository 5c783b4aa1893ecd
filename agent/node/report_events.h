#pragma once
#include <optional>
#include <string_view>

#include "core/notice.h"
#include "drain/journal/journal.h"
#include "drain/journal/record.h"
#include "report/event.h"

/// The reports, made of what the watch and the drain's journal say. Ids are made of the notice's id and
/// what happened, so the same report made again after a crash has the same id. docs/reference/reports.md lists the
/// types and their data.
namespace preemptd::node {

/// preemptd.notice.seen, .moved or .withdrawn. A notice can move more than once: the new time is part of the id.
report::CloudEvent notice_event(std::string_view type, const core::Notice& notice, core::WallTime now);

/// preemptd.sources.disagree or .agree: `announced` has announced the notice, and the other source has not for this
/// long.
report::CloudEvent sources_event(std::string_view type, const core::Notice& notice, core::Source announced,
                                 core::Millis lasts, core::WallTime now);

/// preemptd.agent.started, .blind or .sighted.
report::CloudEvent agent_event(std::string_view type, const core::Identity& instance, core::WallTime now);

/// preemptd.drain.unfinished: how the drain stands when its time is nearly over. Nothing for `record`: it has not
/// begun.
report::CloudEvent unfinished_event(const core::Notice& notice, const std::optional<drain::Record>& record,
                                    core::Millis left, core::WallTime now);

/// One entry of a drain's journal; `record` is what the journal says up to it. Nothing: an entry nobody outside is told
/// of (a hook that starts, a plan).
std::optional<report::CloudEvent> journal_event(const core::Notice& notice, const drain::JournalEntry& entry,
                                                const std::optional<drain::Record>& record);

}  // namespace preemptd::node
