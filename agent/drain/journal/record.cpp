#include "drain/journal/record.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/utc.h"
#include "sys/files.h"

namespace preemptd::drain {
namespace {

using core::Json;

constexpr std::size_t kOutputLimit = 128 * 1024;

HookRecord* find(std::vector<HookRecord>& hooks, const std::string& name) {
  const auto found = std::find_if(hooks.begin(), hooks.end(), [&](const auto& h) { return h.plan.hook.name == name; });
  return found == hooks.end() ? nullptr : &*found;
}

/// Tells the story of a journal, entry by entry.
class Narrator {
 public:
  std::optional<Record> record;

  void apply(const JournalEntry& entry) {
    std::visit([&](const auto& body) { apply(body, entry); }, entry.body);
  }

 private:
  void apply(const DrainStarted& body, const JournalEntry& entry) {
    if (body.resumed && record) return go_on(body);
    record.emplace();
    record->started_at = entry.at;
    record->started_boot = entry.boot;
    record->notice = body.notice;
    record->started = body;
    for (const auto& planned : body.hooks) record->hooks.push_back({planned, 0, 1, {}, {}, {}, {}, {}, {}});
  }
  void go_on(const DrainStarted& body) {
    ++record->drainers;
    record->notice = body.notice;
    for (const auto& planned : body.hooks)
      if (auto* hook = find(record->hooks, planned.hook.name); hook != nullptr && !hook->outcome) hook->plan = planned;
    record->started = body;
  }
  void apply(const HookStarted& body, const JournalEntry& entry) {
    auto* hook = record && body.event == HookEvent::drain ? find(record->hooks, body.hook) : nullptr;
    if (hook == nullptr) return;
    hook->attempts = body.attempt;
    hook->turn = body.turn;
    hook->started = entry.boot;
    hook->ended.reset();
    hook->outcome.reset();
  }
  void apply(const HookFinished& body, const JournalEntry& entry) {
    auto* hook = record ? find(record->hooks, body.hook) : nullptr;
    if (hook == nullptr || body.again) return;
    if (body.event == HookEvent::undo) {
      hook->undo = body.outcome;
      return;
    }
    hook->outcome = body.outcome;
    hook->ended = entry.boot;
    hook->out = body.out;
    hook->err = body.err;
  }
  void apply(const NoticeMoved& body, const JournalEntry&) {
    if (!record) return;
    record->started.deadline = body.deadline;
    record->notice.termination_time = body.termination_time;
  }
  void apply(const DrainFinished& body, const JournalEntry& entry) {
    if (!record) return;
    record->state = DrainState::drained;
    record->finished = body;
    record->finished_at = entry.at;
  }
  void apply(const UndoStarted&, const JournalEntry&) {
    if (record) record->state = DrainState::undoing;
  }
  void apply(const UndoFinished& body, const JournalEntry&) {
    if (!record) return;
    record->state = DrainState::undone;
    record->undone = body;
  }
};

Json json_of(const OutputSummary& output) {
  return {{"bytes", output.bytes}, {"dropped", output.dropped}, {"tail", output.tail}};
}

Json json_of(const std::optional<HookOutcome>& outcome) {
  if (!outcome) return nullptr;
  return {{"outcome", name_of(outcome->ending)},
          {"exit_code", outcome->exit_code},
          {"signal", outcome->signal},
          {"signal_name", outcome->signal == 0 ? "" : signal_name(outcome->signal)},
          {"sent_by_us", outcome->sent_by_us},
          {"cause", name_of(outcome->cause)},
          {"reason", outcome->reason}};
}

std::int64_t ms(core::BootTime time) {
  return std::chrono::floor<Millis>(time.time_since_epoch()).count();
}
Json json_of(const std::optional<core::BootTime>& time) {
  return time ? Json(ms(*time)) : Json(nullptr);
}
Json json_of(const std::optional<Millis>& value) {
  return value ? Json(value->count()) : Json(nullptr);
}

Json json_of(const HookRecord& hook) {
  const auto& plan = hook.plan;
  return {{"name", plan.hook.name},
          {"path", plan.hook.path},
          {"stage", plan.hook.stage},
          {"standing", plan.standing},
          {"plan",
           {{"start_by_boot_ms", ms(plan.start_by)},
            {"stop_by_boot_ms", ms(plan.stop_by)},
            {"kill_by_boot_ms", ms(plan.kill_by)},
            {"timeout_ms", json_of(plan.hook.options.timeout)},
            {"reserve_ms", json_of(plan.hook.options.reserve)},
            {"grace_ms", plan.hook.options.grace.count()},
            {"short_by_ms", plan.short_by.count()}}},
          {"attempts", hook.attempts},
          {"turn", hook.turn},
          {"started_boot_ms", json_of(hook.started)},
          {"ended_boot_ms", json_of(hook.ended)},
          {"result", json_of(hook.outcome)},
          {"undo", json_of(hook.undo)},
          {"stdout", json_of(hook.out)},
          {"stderr", json_of(hook.err)}};
}

}  // namespace

std::string_view name_of(DrainState state) {
  switch (state) {
    case DrainState::draining: return "draining";
    case DrainState::drained: return "drained";
    case DrainState::undoing: return "undoing";
    case DrainState::undone: return "undone";
  }
  return "unknown";
}

std::optional<Record> record_of(const std::vector<JournalEntry>& entries) {
  Narrator narrator;
  for (const auto& entry : entries) narrator.apply(entry);
  return std::move(narrator.record);
}

Json to_json(const Record& r) {
  Json hooks = Json::array();
  for (const auto& hook : r.hooks) hooks.push_back(json_of(hook));
  Json out{{"version", 1},
           {"notice", Json::parse(core::to_json_text(r.notice))},
           {"state", name_of(r.state)},
           {"started_at", core::format_utc_millis(r.started_at)},
           {"started_boot_ms", ms(r.started_boot)},
           {"deadline_boot_ms", ms(r.started.deadline.at())},
           {"deadline_assumed", r.started.deadline_assumed},
           {"boot_id", r.started.boot_id},
           {"drainers", r.drainers},
           {"plan",
            {{"asked_ms", r.started.asked.count()},
             {"available_ms", r.started.available.count()},
             {"report_reserve_ms", r.started.report_reserve.count()},
             {"parallel", r.started.parallel},
             {"fits", r.started.fits},
             {"verdict", r.started.verdict}}},
           {"backend", r.started.backend},
           {"agent_version", r.started.version},
           {"config_digest", r.started.config_digest},
           {"hooks_digest", r.started.hooks_digest},
           {"warnings", r.started.warnings},
           {"hooks", std::move(hooks)},
           {"finished_at", nullptr},
           {"withdrawn", r.finished && r.finished->withdrawn},
           {"margin_ms", nullptr}};
  if (r.finished_at) out["finished_at"] = core::format_utc_millis(*r.finished_at);
  if (r.finished) out["margin_ms"] = r.finished->margin.count();
  return out;
}

core::Result<std::optional<Record>> read_record(const std::string& folder) {
  const auto journal = read_journal(folder);
  if (!journal) return tl::unexpected(journal.error());
  if (!*journal) return std::nullopt;
  return record_of((*journal)->entries);
}

core::Result<std::vector<std::string>> list_drains(const std::string& state_folder) {
  const std::string drains = state_folder + "/drains";
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(drains.c_str()), ::closedir);
  if (!stream && errno == ENOENT) return std::vector<std::string>{};
  if (!stream) return core::fail_errno(errno, "cannot read the folder", drains);
  std::vector<std::pair<std::int64_t, std::string>> found;
  while (const dirent* entry = ::readdir(stream.get())) {
    struct stat status {};
    const std::string id = entry->d_name;
    if (core::is_plain_name(id) && ::stat((drains + "/" + id + "/journal").c_str(), &status) == 0)
      found.emplace_back(status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec, id);
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> ids;
  for (auto& [time, id] : found) ids.push_back(std::move(id));
  return ids;
}

std::string drain_folder(const std::string& state_folder, const std::string& notice_id) {
  return state_folder + "/drains/" + notice_id;
}

std::string output_path(const std::string& folder, const std::string& hook, HookEvent event, int attempt,
                        const std::string& stream) {
  return folder + "/outputs/" + hook + "." + std::string(name_of(event)) + "." + std::to_string(attempt) + "." + stream;
}

core::Result<std::optional<std::string>> read_output(const std::string& folder, const std::string& hook,
                                                     HookEvent event, int attempt, const std::string& stream) {
  return sys::read_file(output_path(folder, hook, event, attempt, stream), kOutputLimit, sys::Links::refuse);
}

}  // namespace preemptd::drain
