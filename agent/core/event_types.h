#pragma once
#include <array>
#include <string_view>

/// The types of reports: one row each, for everything that lists them.
namespace preemptd::core {

struct EventType {
  std::string_view name;      ///< as CloudEvents have it
  bool from_journal = false;  ///< made of the drain's journal entry of that name
  bool final = false;         ///< says how it ended: dropped last, and may overtake others while the instance dies
  bool progress = false;      ///< may travel merged in a newer one
  bool for_chats = false;     ///< a chat gets it where its sink names no events
  bool for_tags = false;      ///< a tag sink gets it where it names no events
};

inline constexpr std::array kEventTypes{
    EventType{.name = "preemptd.notice.seen", .for_chats = true, .for_tags = true},
    EventType{.name = "preemptd.notice.moved", .for_chats = true, .for_tags = true},
    EventType{.name = "preemptd.notice.withdrawn", .for_chats = true, .for_tags = true},
    EventType{.name = "preemptd.drain.started", .from_journal = true, .progress = true, .for_tags = true},
    EventType{.name = "preemptd.hook.finished", .from_journal = true, .progress = true},
    EventType{.name = "preemptd.drain.unfinished", .final = true, .for_chats = true, .for_tags = true},
    EventType{
        .name = "preemptd.drain.finished", .from_journal = true, .final = true, .for_chats = true, .for_tags = true},
    EventType{
        .name = "preemptd.undo.finished", .from_journal = true, .final = true, .for_chats = true, .for_tags = true},
    EventType{.name = "preemptd.sources.disagree", .for_chats = true},
    EventType{.name = "preemptd.sources.agree", .for_chats = true},
    EventType{.name = "preemptd.agent.started"},
    EventType{.name = "preemptd.agent.blind", .for_chats = true},
    EventType{.name = "preemptd.agent.sighted", .for_chats = true},
};

/// Null: no type of ours.
constexpr const EventType* find_event_type(std::string_view name) {
  for (const auto& type : kEventTypes)
    if (type.name == name) return &type;
  return nullptr;
}

}  // namespace preemptd::core
