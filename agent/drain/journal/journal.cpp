#include "drain/journal/journal.h"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "core/crc32c.h"
#include "core/json.h"
#include "core/utc.h"
#include "sys/files.h"

namespace preemptd::drain {
namespace {

using core::BootTime;
using core::Json;

std::int64_t ms(BootTime time) {
  return std::chrono::floor<Millis>(time.time_since_epoch()).count();
}

Json optional_ms(const std::optional<Millis>& value) {
  return value ? Json(value->count()) : Json(nullptr);
}

// Reading: a member that is missing or of another type reads as its default. The checksum has proved that a drainer
// wrote the line, so what is missing was written by another version, not by an accident.
std::string text_at(const Json& j, std::string_view name) {
  return core::string_at(j, name).value_or("");
}
int int_at(const Json& j, std::string_view name) {
  return static_cast<int>(core::integer_at(j, name).value_or(0));
}
int turn_at(const Json& j) {
  return static_cast<int>(core::integer_at(j, "turn").value_or(1));
}
bool flag_at(const Json& j, std::string_view name) {
  return core::bool_at(j, name).value_or(false);
}
Millis millis_at(const Json& j, std::string_view name) {
  return Millis(core::integer_at(j, name).value_or(0));
}
BootTime boot_at(const Json& j, std::string_view name) {
  return BootTime(millis_at(j, name));
}
std::uint64_t size_at(const Json& j, std::string_view name) {
  return static_cast<std::uint64_t>(core::integer_at(j, name).value_or(0));
}
std::optional<Millis> optional_millis_at(const Json& j, std::string_view name) {
  const auto value = core::integer_at(j, name);
  return value ? std::optional(Millis(*value)) : std::nullopt;
}
std::vector<std::string> texts_at(const Json& j, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& entry : core::member_at(j, name))
    if (entry.is_string()) out.push_back(entry.get<std::string>());
  return out;
}

Json to_json(const DrainStarted::PlannedEntry& e) {
  return {{"name", e.hook.name},
          {"path", e.hook.path},
          {"stage", e.hook.stage},
          {"standing", e.standing},
          {"reason", e.reason},
          {"timeout_ms", optional_ms(e.hook.options.timeout)},
          {"reserve_ms", optional_ms(e.hook.options.reserve)},
          {"grace_ms", e.hook.options.grace.count()},
          {"repeatable", e.hook.options.repeatable},
          {"importance", name_of(e.hook.options.importance)},
          {"late", e.hook.options.late},
          {"user", e.hook.options.user},
          {"on_drain", e.hook.options.on_drain},
          {"on_undo", e.hook.options.on_undo},
          {"predicted_ms", optional_ms(e.hook.predicted)},
          {"starts", e.starts},
          {"owed", e.undo_owed},
          {"start_by_boot_ms", ms(e.start_by)},
          {"stop_by_boot_ms", ms(e.stop_by)},
          {"kill_by_boot_ms", ms(e.kill_by)},
          {"short_by_ms", e.short_by.count()}};
}

DrainStarted::PlannedEntry planned_entry(const Json& j) {
  DrainStarted::PlannedEntry e;
  e.hook.name = text_at(j, "name");
  e.hook.path = text_at(j, "path");
  e.hook.stage = int_at(j, "stage");
  e.hook.options = {optional_millis_at(j, "timeout_ms"),
                    optional_millis_at(j, "reserve_ms"),
                    millis_at(j, "grace_ms"),
                    flag_at(j, "repeatable"),
                    text_at(j, "user"),
                    flag_at(j, "on_drain"),
                    flag_at(j, "on_undo"),
                    importance_of(text_at(j, "importance")).value_or(Importance::normal),
                    core::bool_at(j, "late").value_or(true)};
  e.hook.predicted = optional_millis_at(j, "predicted_ms");
  e.standing = text_at(j, "standing");
  e.reason = text_at(j, "reason");
  e.starts = flag_at(j, "starts");
  e.undo_owed = flag_at(j, "owed");
  e.start_by = boot_at(j, "start_by_boot_ms");
  e.stop_by = boot_at(j, "stop_by_boot_ms");
  e.kill_by = boot_at(j, "kill_by_boot_ms");
  e.short_by = millis_at(j, "short_by_ms");
  return e;
}

Json to_json(const OutputSummary& o) {
  return {{"bytes", o.bytes}, {"dropped", o.dropped}, {"tail", o.tail}};
}
OutputSummary output_at(const Json& j, std::string_view name) {
  const Json& o = core::member_at(j, name);
  return {size_at(o, "bytes"), size_at(o, "dropped"), text_at(o, "tail")};
}

HookOutcome outcome_in(const Json& j) {
  return {ending_of(text_at(j, "outcome")).value_or(Ending::failed),
          int_at(j, "exit_code"),
          int_at(j, "signal"),
          flag_at(j, "sent_by_us"),
          cause_of(text_at(j, "cause")).value_or(Cause::none),
          text_at(j, "reason")};
}

// One pair of functions for every body: members() writes what read() reads.

Json members(const DrainStarted& b) {
  Json hooks = Json::array();
  for (const auto& hook : b.hooks) hooks.push_back(to_json(hook));
  return {{"type", "drain.started"},
          {"notice", Json::parse(core::to_json_text(b.notice))},
          {"resumed", b.resumed},
          {"deadline_boot_ms", ms(b.deadline.at())},
          {"boot_id", b.boot_id},
          {"deadline_assumed", b.deadline_assumed},
          {"report_reserve_ms", b.report_reserve.count()},
          {"parallel", b.parallel},
          {"asked_ms", b.asked.count()},
          {"available_ms", b.available.count()},
          {"fits", b.fits},
          {"verdict", b.verdict},
          {"backend", b.backend},
          {"version", b.version},
          {"config_digest", b.config_digest},
          {"hooks_digest", b.hooks_digest},
          {"hooks", std::move(hooks)},
          {"warnings", b.warnings}};
}

std::optional<JournalBody> read_drain_started(const Json& j) {
  const auto notice = core::parse_notice(core::dump_json(core::member_at(j, "notice")));
  if (!notice) return std::nullopt;
  DrainStarted b;
  b.notice = *notice;
  b.resumed = flag_at(j, "resumed");
  b.deadline = core::Deadline(boot_at(j, "deadline_boot_ms"));
  b.boot_id = text_at(j, "boot_id");
  b.deadline_assumed = flag_at(j, "deadline_assumed");
  b.report_reserve = millis_at(j, "report_reserve_ms");
  b.parallel = int_at(j, "parallel");
  b.asked = millis_at(j, "asked_ms");
  b.available = millis_at(j, "available_ms");
  b.verdict = text_at(j, "verdict");
  b.backend = text_at(j, "backend");
  b.fits = core::bool_at(j, "fits").value_or(b.asked <= b.available);
  b.version = text_at(j, "version");
  b.config_digest = text_at(j, "config_digest");
  b.hooks_digest = text_at(j, "hooks_digest");
  for (const auto& hook : core::member_at(j, "hooks")) b.hooks.push_back(planned_entry(hook));
  b.warnings = texts_at(j, "warnings");
  return b;
}

Json members(const HookStarted& b) {
  return {{"type", "hook.started"},
          {"hook", b.hook},
          {"event", name_of(b.event)},
          {"attempt", b.attempt},
          {"stop_by_boot_ms", ms(b.stop_by)},
          {"kill_by_boot_ms", ms(b.kill_by)},
          {"turn", b.turn}};
}

std::optional<JournalBody> read_hook_started(const Json& j) {
  const auto event = event_of(text_at(j, "event"));
  if (!event) return std::nullopt;
  return HookStarted{
      text_at(j, "hook"), *event, int_at(j, "attempt"), boot_at(j, "stop_by_boot_ms"), boot_at(j, "kill_by_boot_ms"),
      turn_at(j)};
}

Json members(const HookFinished& b) {
  const HookOutcome& o = b.outcome;
  return {{"type", "hook.finished"},      {"hook", b.hook},
          {"event", name_of(b.event)},    {"attempt", b.attempt},
          {"outcome", name_of(o.ending)}, {"exit_code", o.exit_code},
          {"signal", o.signal},           {"signal_name", o.signal == 0 ? "" : signal_name(o.signal)},
          {"sent_by_us", o.sent_by_us},   {"cause", name_of(o.cause)},
          {"reason", o.reason},           {"again", b.again},
          {"took_ms", b.took.count()},    {"stdout", to_json(b.out)},
          {"stderr", to_json(b.err)},     {"turn", b.turn}};
}

std::optional<JournalBody> read_hook_finished(const Json& j) {
  const auto event = event_of(text_at(j, "event"));
  if (!event) return std::nullopt;
  return HookFinished{text_at(j, "hook"),
                      *event,
                      int_at(j, "attempt"),
                      outcome_in(j),
                      flag_at(j, "again"),
                      millis_at(j, "took_ms"),
                      output_at(j, "stdout"),
                      output_at(j, "stderr"),
                      turn_at(j)};
}

Json members(const NoticeMoved& b) {
  return {{"type", "notice.moved"},
          {"deadline_boot_ms", ms(b.deadline.at())},
          {"termination_time", core::format_utc(b.termination_time)}};
}

std::optional<JournalBody> read_notice_moved(const Json& j) {
  const auto time = core::parse_utc(text_at(j, "termination_time"));
  return NoticeMoved{core::Deadline(boot_at(j, "deadline_boot_ms")), time.value_or(core::WallTime{})};
}

Json members(const DrainFinished& b) {
  return {{"type", "drain.finished"},  {"withdrawn", b.withdrawn}, {"ok", b.ok},
          {"skipped", b.skipped},      {"failed", b.failed},       {"margin_ms", b.margin.count()},
          {"not_needed", b.not_needed}};
}

std::optional<JournalBody> read_drain_finished(const Json& j) {
  return DrainFinished{flag_at(j, "withdrawn"), int_at(j, "ok"),           int_at(j, "skipped"),
                       int_at(j, "failed"),     millis_at(j, "margin_ms"), int_at(j, "not_needed")};
}

Json members(const UndoStarted& b) {
  return {{"type", "undo.started"},
          {"reason", b.reason},
          {"deadline_boot_ms", ms(b.deadline.at())},
          {"boot_id", b.boot_id},
          {"hooks", b.hooks}};
}

std::optional<JournalBody> read_undo_started(const Json& j) {
  return UndoStarted{text_at(j, "reason"), core::Deadline(boot_at(j, "deadline_boot_ms")), text_at(j, "boot_id"),
                     texts_at(j, "hooks")};
}

Json members(const UndoFinished& b) {
  return {{"type", "undo.finished"}, {"ok", b.ok}, {"skipped", b.skipped}, {"failed", b.failed}};
}

std::optional<JournalBody> read_undo_finished(const Json& j) {
  return UndoFinished{int_at(j, "ok"), int_at(j, "skipped"), int_at(j, "failed")};
}

struct EntryReader {
  std::string_view type;
  std::optional<JournalBody> (*read)(const Json&);
};
constexpr std::array kReaders{
    EntryReader{"drain.started", read_drain_started},   EntryReader{"hook.started", read_hook_started},
    EntryReader{"hook.finished", read_hook_finished},   EntryReader{"notice.moved", read_notice_moved},
    EntryReader{"drain.finished", read_drain_finished}, EntryReader{"undo.started", read_undo_started},
    EntryReader{"undo.finished", read_undo_finished}};

std::optional<JournalEntry> entry_of(const Json& payload) {
  const std::string type = text_at(payload, "type");
  for (const auto& reader : kReaders) {
    if (reader.type != type) continue;
    auto body = reader.read(payload);
    if (!body) return std::nullopt;
    const auto at = core::parse_utc(text_at(payload, "at"));
    return JournalEntry{at.value_or(core::WallTime{}), boot_at(payload, "boot_ms"), std::move(*body)};
  }
  return std::nullopt;
}

/// The payload of a line without its newline; nothing when the checksum does not fit.
std::optional<Json> payload_of(std::string_view line) {
  if (line.size() < 10 || line[8] != ' ' || core::crc32c_digits(line.substr(9)) != line.substr(0, 8))
    return std::nullopt;
  auto payload = core::parse_json(line.substr(9));
  return payload ? std::optional(std::move(*payload)) : std::nullopt;
}

}  // namespace

std::string encode(const JournalEntry& entry) {
  Json payload = std::visit([](const auto& body) { return members(body); }, entry.body);
  payload["at"] = core::format_utc_millis(entry.at);
  payload["boot_ms"] = ms(entry.boot);
  const std::string text = core::dump_json(payload);
  return core::crc32c_digits(text) + " " + text + "\n";
}

JournalText decode_journal(std::string_view text) {
  JournalText out;
  for (;;) {
    const auto end = text.substr(out.good_bytes, kJournalLineLimit).find('\n');
    if (end == std::string_view::npos) return out;
    const auto payload = payload_of(text.substr(out.good_bytes, end));
    if (!payload) return out;
    if (auto entry = entry_of(*payload)) out.entries.push_back(std::move(*entry));
    out.good_bytes += end + 1;
  }
}

core::Result<std::optional<JournalText>> read_journal(const std::string& folder) {
  const auto text = sys::read_file(folder + "/journal", kJournalLimit, sys::Links::refuse);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return std::nullopt;
  return decode_journal(**text);
}

core::Result<std::optional<JournalText>> read_journal(const std::string& run_folder, const std::string& folder,
                                                      const std::string& notice_id) {
  auto on_disk = read_journal(folder);
  auto in_memory = read_journal(run_folder + "/drain");
  if (!in_memory || !*in_memory || (*in_memory)->entries.empty()) return on_disk;
  const auto& entries = (*in_memory)->entries;
  const auto* first = std::get_if<DrainStarted>(&entries.front().body);
  if (first == nullptr || first->notice.id != notice_id) return on_disk;
  const bool more = !on_disk || !*on_disk || entries.size() > (*on_disk)->entries.size();
  return more ? in_memory : on_disk;
}

}  // namespace preemptd::drain
