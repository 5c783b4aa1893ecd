#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/command/checks.h"
#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/hooks/found.h"
#include "cli/host/interruptible_wait.h"
#include "cli/records/last_words.h"
#include "cli/records/record_view.h"
#include "cli/rehearsal/fault.h"
#include "cli/rehearsal/verdict.h"
#include "cli/rehearsal/world.h"
#include "core/duration.h"
#include "core/text.h"
#include "drain/journal/history.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

using core::Millis;
using core::Result;

struct RehearseOptions {
  Millis notice = core::Seconds(300);
  std::int64_t speed = 10;
  std::vector<std::string> folders;
  std::vector<std::string> faults;
  std::string behavior = "terminate";
  bool keep = false;
};

constexpr Millis kBothSources = core::Seconds(5);     ///< for both sources to answer before the reclaim
constexpr Millis kAfterDeadline = core::Seconds(10);  ///< for the last reports, and for a drain that is late

/// One rehearsal from the reclaim to the last report.
class Rehearsal {
 public:
  Rehearsal(Context& context, InterruptibleWait& patience, RehearsalWorld& world,
            std::vector<const RehearsalFault*> faults)
      : out_(context.out), patience_(patience), world_(world), faults_(std::move(faults)), pending_(faults_) {}

  Result<Rehearsed> run(const std::string& behavior);

 private:
  Result<void> prepare();
  bool both_sources_answer() const;
  Result<void> reclaim(const std::string& behavior);
  bool look();
  void print_news();
  void let_faults_act(const FaultContext& scene);
  bool hook_runs() const;
  bool over() const;
  void show_progress() const;

  Output& out_;
  InterruptibleWait& patience_;
  RehearsalWorld& world_;
  std::vector<const RehearsalFault*> faults_;
  std::vector<const RehearsalFault*> pending_;  ///< those that still have something to do
  Rehearsed rehearsed_;
  std::size_t told_entries_ = 0;
  bool told_notice_ = false;
};

Result<Rehearsed> Rehearsal::run(const std::string& behavior) {
  rehearsed_.notice = world_.setup().notice;
  rehearsed_.speed = world_.setup().speed;
  if (auto prepared = prepare(); !prepared) return tl::unexpected(prepared.error());
  if (auto taken = reclaim(behavior); !taken) return tl::unexpected(taken.error());
  const auto window = rehearsed_.notice / rehearsed_.speed;
  patience_.until(
      core::Deadline::in(window + kAfterDeadline), [this] { return look(); }, Millis{50});
  out_.progress({});
  rehearsed_.interrupted = patience_.interrupted();
  rehearsed_.record = world_.record();
  rehearsed_.reports = world_.webhook().received();
  for (const auto* fault : faults_) {
    const bool unfinished = std::find(pending_.begin(), pending_.end(), fault) != pending_.end();
    if (fault->act == nullptr || !unfinished) rehearsed_.survived.emplace_back(fault->what);
  }
  return rehearsed_;
}

Result<void> Rehearsal::prepare() {
  std::erase_if(pending_, [](const RehearsalFault* fault) { return fault->act == nullptr; });
  for (const auto* fault : faults_) {
    if (fault->name == "hook-hangs") rehearsed_.expected_to_run_out = kHangingHook;
    if (fault->prepare == nullptr) continue;
    if (auto prepared = fault->prepare(world_); !prepared) return prepared;
  }
  out_.progress("starting the simulator and the agent");
  if (auto started = world_.start_agent(); !started) return started;
  patience_.until(core::Deadline::in(kBothSources), [this] { return both_sources_answer(); });
  for (const auto* fault : faults_) {
    if (fault->disturb == nullptr) continue;
    if (auto disturbed = fault->disturb(world_); !disturbed) return disturbed;
  }
  return {};
}

bool Rehearsal::both_sources_answer() const {
  const auto status = world_.status();
  if (!status) return false;
  const auto& sources = core::member_at(*status, "sources");
  auto good = [&](const char* name) {
    return core::integer_at(core::member_at(sources, name), "last_good_age_ms").has_value();
  };
  return good("metadata") && good("operation-lock");
}

Result<void> Rehearsal::reclaim(const std::string& behavior) {
  Millis seconds = rehearsed_.notice / rehearsed_.speed;
  for (const auto* fault : faults_) seconds += fault->cloud_ahead;
  rehearsed_.reclaim = core::BootClock::now();
  const double notice = static_cast<double>(seconds.count()) / 1000;
  auto taken = world_.cloud().post("/reclaim", {{"notice_seconds", notice}, {"behavior", behavior}});
  if (!taken) return tl::unexpected(taken.error());
  out_.line("  +0 ms    the cloud announces that it takes the instance back");
  return {};
}

bool Rehearsal::look() {
  rehearsed_.record = world_.record();
  print_news();
  const auto since = std::chrono::duration_cast<Millis>(core::BootClock::now() - rehearsed_.reclaim);
  let_faults_act({world_, since, hook_runs(), rehearsed_.record && rehearsed_.record->finished.has_value()});
  show_progress();
  return over();
}

void Rehearsal::let_faults_act(const FaultContext& scene) {
  std::erase_if(pending_, [&](const RehearsalFault* fault) {
    const auto done = fault->act(scene);
    if (!done) rehearsed_.faults_not_made.push_back(std::string(fault->name) + ": " + core::describe(done.error()));
    if (done && *done) out_.line("           fault: " + std::string(fault->what));
    return !done || *done;
  });
}

void Rehearsal::print_news() {
  auto print = [&](core::BootTime at, const std::string& what) {
    const auto after = std::chrono::duration_cast<Millis>(at - rehearsed_.reclaim).count();
    std::string when = "+" + spoken(std::max<std::int64_t>(0, after));
    when.resize(std::max<std::size_t>(when.size(), 8), ' ');
    out_.line("  " + when + " " + what);
  };
  if (!rehearsed_.record) return;
  const auto& notice = rehearsed_.record->notice;
  if (!std::exchange(told_notice_, true)) {
    print(notice.seen_at_boot, "notice seen: " + std::string(core::name_of(notice.sources.front())) + " said so first");
  }
  const auto journal =
      drain::read_journal(world_.run_folder(), drain::drain_folder(world_.state_folder(), notice.id), notice.id);
  if (!journal || !*journal) return;
  const auto& entries = (*journal)->entries;
  for (; told_entries_ < entries.size(); ++told_entries_) {
    const auto& entry = entries[told_entries_];
    print(entry.boot, sentence_of(entry, rehearsed_.reclaim));
  }
}

bool Rehearsal::hook_runs() const {
  if (!rehearsed_.record) return false;
  const auto long_ago = core::BootClock::now() - Millis(200);
  const auto& hooks = rehearsed_.record->hooks;
  return std::any_of(hooks.begin(), hooks.end(), [&](const drain::HookRecord& hook) {
    return hook.started && !hook.outcome && *hook.started < long_ago;
  });
}

bool Rehearsal::over() const {
  if (!pending_.empty() || !rehearsed_.record || !rehearsed_.record->finished) return false;
  return missing_reports(*rehearsed_.record, world_.webhook().received()).empty();
}

void Rehearsal::show_progress() const {
  const auto now = core::BootClock::now();
  if (!rehearsed_.record) return out_.progress("waiting for the agent to see it");
  const auto& record = *rehearsed_.record;
  if (record.finished) return out_.progress("waiting for the last report");
  std::string running;
  for (const auto& hook : record.hooks) {
    if (hook.started && !hook.outcome)
      running += (running.empty() ? "" : ", ") + core::printable(hook.plan.hook.name, 60);
  }
  out_.progress(spoken(record.started.deadline.left(now).count()) + " left; " +
                (running.empty() ? "between hooks" : running + " at work"));
}

/// What the gate of a real drain would object to, though this rehearsal let it pass.
std::vector<std::string> real_objections(const config::Config& config, const std::vector<std::string>& folders) {
  std::vector<std::string> objections;
  const auto found = find_hooks(config, folders, drain::GateMode::rehearsal);
  if (!found) return objections;
  for (const auto& hook : found->hooks) {
    if (hook.standing != drain::HookStatus::runs) continue;
    for (const auto& what : hook.real_gate_refuses)
      objections.push_back(core::printable(hook.spec.name + ": " + what, 300));
    struct stat file {};
    if (::stat(hook.spec.path.c_str(), &file) == 0 && file.st_uid != 0) {
      objections.push_back(core::printable(hook.spec.name, 120) + ": belongs to user " + std::to_string(file.st_uid) +
                           ", not to root");
    }
  }
  return objections;
}

void show(Context& context, const Rehearsed& rehearsed, const Verdict& verdict) {
  auto& out = context.out;
  if (!out.for_people()) {
    if (auto shown = out.document(as_json(rehearsed, verdict)); !shown) out.error(shown.error());
    return;
  }
  out.line();
  if (rehearsed.record) {
    const auto paint = [&](Tone tone, std::string_view text) { return out.paint(tone, text); };
    out.raw(draw(timeline_of(*rehearsed.record, rehearsed.reclaim, core::BootClock::now()), out.style().width, paint));
    out.line();
  }
  for (const auto& line : verdict.lines) out.line(out.paint(line.tone, line.text));
  if (rehearsed.record && !verdict.succeeded) {
    show_last_words(out, *rehearsed.record, "");
    out.line();
  }
  out.line(out.paint(Tone::strong, verdict.passed() ? "REHEARSAL PASSED" : "REHEARSAL FAILED"));
}

/// doctor asks when these hooks were last rehearsed, and the plan how long they took. Whoever may not write there has
/// rehearsed all the same.
void remember(const config::Config& config, const Rehearsed& rehearsed) {
  if (const auto found = find_hooks(config, {}, drain::GateMode::real))
    remember_rehearsal(config, judge(rehearsed).passed(), found->digest());
  if (!rehearsed.record) return;
  auto history = drain::read_history(config.paths.state);
  history.add(*rehearsed.record);
  [[maybe_unused]] const auto written =
      sys::write_file_atomically(drain::history_path(config.paths.state), history.to_text(), 0640, sys::Durable::no);
}

/// In real time a drain counts on what hooks took lately, as `hooks plan` does. Without that it plans more carefully.
void count_on_experience(const RehearsalWorld& world, const config::Config& config) {
  const std::string path = drain::history_path(world.state_folder());
  if (!sys::make_folders(path.substr(0, path.rfind('/')), 0755)) return;
  [[maybe_unused]] const auto written =
      sys::write_file_atomically(path, drain::read_history(config.paths.state).to_text(), 0640, sys::Durable::no);
}

Result<Rehearsed> rehearse_in(Context& context, InterruptibleWait& patience, const RehearseOptions& options,
                              std::vector<const RehearsalFault*> faults) {
  RehearsalWorld::Setup setup{load_settings(context), {}, options.notice, static_cast<int>(options.speed)};
  setup.folders = setup.settings.config.hooks.folders;
  if (!options.folders.empty()) {
    auto folders = resolved_folders(options.folders);
    if (!folders) return tl::unexpected(folders.error());
    setup.folders = std::move(*folders);
  }
  const auto config = setup.settings.config;
  const auto folders = setup.folders;
  auto world = RehearsalWorld::open(patience, std::move(setup));
  if (!world) return tl::unexpected(world.error());
  if (options.keep) {
    (*world)->folder().keep();
    context.out.note("everything stays in " + (*world)->folder().path());
  }
  if (options.speed == 1) count_on_experience(**world, config);
  Rehearsal rehearsal(context, patience, **world, std::move(faults));
  auto rehearsed = rehearsal.run(options.behavior);
  if (!rehearsed) return rehearsed;
  if (!rehearsed->record) context.out.note("the agent wrote:\n" + (*world)->agent_log());
  rehearsed->real_gate_refuses = real_objections(config, folders);
  if (options.folders.empty()) remember(config, *rehearsed);
  return rehearsed;
}

Exit rehearse(Context& context, const RehearseOptions& options) {
  if (options.notice / options.speed < core::Seconds(1)) {
    context.out.error("at that speed the notice would last less than a second");
    return Exit::failed;
  }
  auto faults = pick_faults(options.faults);
  if (!faults) {
    context.out.error(faults.error());
    return Exit::failed;
  }
  auto patience = InterruptibleWait::open();
  if (!patience) {
    context.out.error(patience.error());
    return Exit::failed;
  }
  context.out.line("rehearsing a notice of " + core::format_duration(options.notice) +
                   (options.speed > 1 ? ", " + std::to_string(options.speed) + " times as fast" : ""));
  const auto rehearsed = rehearse_in(context, *patience, options, std::move(*faults));
  if (!rehearsed) {
    context.out.error(patience->interrupted() ? "interrupted" : core::describe(rehearsed.error()));
    return Exit::failed;
  }
  const auto verdict = judge(*rehearsed);
  show(context, *rehearsed, verdict);
  return verdict.passed() ? Exit::ok : Exit::failed;
}

std::string fault_list() {
  std::string text = "Faults:";
  for (const auto& fault : rehearsal_faults()) {
    std::string name(fault.name);
    name.resize(20, ' ');
    text += "\n  " + name + std::string(fault.what);
  }
  return text;
}

}  // namespace

Command rehearse_command() {
  return {
      .path = "rehearse",
      .summary = "Walk through a reclaim with your own hooks, against a simulated cloud",
      .details =
          "Starts a private simulator and private state, runs the real preemptd and preempt-drain on your hooks with\n"
          "PREEMPT_REHEARSAL=1, and says whether all of it fits into the notice. Nothing of this machine's own agent "
          "is\n"
          "touched. With --speed N the notice and every limit are divided by N; what a hook does takes as long as "
          "ever.\n"
          "Exit 0 only when everything fits, every hook succeeds and every report arrives.\n\n" +
          fault_list(),
      .declare = with_options<RehearseOptions>(
          [](Arguments& arguments, RehearseOptions& options) {
            arguments.duration("--notice", options.notice, "Length of the notice");
            arguments.number("--speed", "N", options.speed, 1, 1000, "Divide the notice and every limit by N");
            declare_folders(arguments, options.folders);
            arguments.texts("--fault", "NAME", options.faults, "Make this go wrong; the names are above");
            arguments.choice("--behavior", {"terminate", "stop"}, options.behavior, "What the cloud does in the end");
            arguments.flag("--keep", options.keep, "Leave the private folder with records and logs in place");
          },
          rehearse),
      .acts = true};
}

}  // namespace preemptd::cli
