#include <algorithm>
#include <cstdlib>
#include <memory>

#include "cli/command/checks.h"
#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/hooks/found.h"
#include "cli/hooks/remarks.h"
#include "cli/hooks/trial.h"
#include "core/text.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

using core::Result;

struct HooksCheckOptions {
  std::string file;
  bool real = false;
};

constexpr core::Millis kSlot = core::Seconds(60), kTinySlot = core::Seconds(1);

std::string ending_of(const HookTrial::TrialOutcome& outcome) {
  if (outcome.killed) return "was still there after its SIGTERM and its grace";
  if (outcome.stopped) return "reached its stop-by and got SIGTERM";
  if (outcome.status.signal != 0) return "was ended by " + drain::signal_name(outcome.status.signal);
  return "ended with " + std::to_string(outcome.status.code);
}

std::string last_line(const std::string& said) {
  const auto text = core::trim(said);
  return core::printable(text.substr(text.rfind('\n') + 1), 200);
}

/// Calls the hook in all the ways that the contract allows and writes down what is wrong with its answers.
class Examination {
 public:
  Examination(HookTrial& trial, std::vector<CheckResult>& checks) : trial_(trial), checks_(checks) {}

  Result<void> rehearse();
  Result<void> work();

 private:
  using TrialCall = HookTrial::TrialCall;
  /// It may say 0, or 77 where its software is missing.
  Result<HookTrial::TrialOutcome> well(const char* name, const char* what, const TrialCall& call);
  void note(const char* name, bool good, const std::string& seen, const std::string& advice);

  HookTrial& trial_;
  std::vector<CheckResult>& checks_;
};

void Examination::note(const char* name, bool good, const std::string& seen, const std::string& advice) {
  checks_.push_back({name, good ? Finding::ok : Finding::fail, seen, good ? "" : advice});
}

Result<HookTrial::TrialOutcome> Examination::well(const char* name, const char* what, const TrialCall& call) {
  auto outcome = trial_.call(call);
  if (!outcome) return outcome;
  const bool good = outcome->ended(0) || outcome->ended(77);
  const std::string said = last_line(outcome->said);
  note(name, good, std::string(what) + " " + ending_of(*outcome) + (good || said.empty() ? "" : ": " + said),
       "exit 0 when done, 77 when it does not apply here");
  if (outcome->left_more)
    note(name, false, std::string(what) + " left processes running",
         "wait for them: whatever it leaves behind is killed");
  return outcome;
}

Result<void> Examination::rehearse() {
  const std::string before = trial_.state();
  const auto drain = well("rehearsal", "a rehearsal of drain", {"drain", kSlot, true, 1});
  if (!drain) return tl::unexpected(drain.error());
  const bool absent = drain->ended(77);
  note("words", !core::trim(drain->said).empty(),
       absent ? "it says why it does not apply here: " + last_line(drain->said)
              : "a rehearsal says: " + last_line(drain->said),
       absent ? "with 77 belongs one sentence why" : "with PREEMPT_REHEARSAL=1 it ought to say what it would do");
  const auto undo = well("undo", "undo with nothing done", {"undo", kSlot, true, 1});
  if (!undo) return tl::unexpected(undo.error());
  const bool untouched = trial_.state() == before;
  note("state", untouched,
       std::string("rehearsals ") + (untouched ? "left" : "changed what lies in") + " PREEMPT_STATE_DIR" +
           (untouched ? " as it was" : ""),
       "with PREEMPT_REHEARSAL=1 nothing may be changed");
  const auto odd = trial_.call({"no-such-event", kSlot, true, 1});
  if (!odd) return tl::unexpected(odd.error());
  note("events", !odd->ended(0), "an event it does not know " + ending_of(*odd),
       "a later contract may have more events: refuse those, with 64 or 77");
  const auto hurried = trial_.call({"drain", kTinySlot, true, 1});
  if (!hurried) return tl::unexpected(hurried.error());
  note("slot", !hurried->killed, "with one second to go it " + ending_of(*hurried),
       "compute waits from PREEMPT_STOP_BY, and end when SIGTERM comes");
  if (absent)
    checks_.push_back({"software", Finding::warn, "its software is not here, so only the beginning was seen",
                       "check it where it will run"});
  return {};
}

Result<void> Examination::work() {
  const TrialCall calls[] = {
      {"drain", kSlot, false, 1}, {"drain", kSlot, false, 2}, {"undo", kSlot, false, 1}, {"undo", kSlot, false, 2}};
  const char* names[] = {"drain", "a second drain, as after a crash,", "undo", "a second undo"};
  for (std::size_t i = 0; i < std::size(calls); ++i)
    if (const auto outcome = well("repeat", names[i], calls[i]); !outcome) return tl::unexpected(outcome.error());
  return {};
}

/// The hook as a drain would find it, were its folder searched.
Result<drain::FoundHook> find_file(Context& context, const std::string& file) {
  const std::unique_ptr<char, void (*)(void*)> absolute(::realpath(sys::folder_of(file).c_str(), nullptr), std::free);
  const std::string name = sys::name_in_folder(file);
  if (absolute) {
    const auto found = find_hooks(load_settings(context).config, {absolute.get()}, drain::GateMode::rehearsal);
    if (!found) return tl::unexpected(found.error());
    for (const auto& hook : found->hooks)
      if (hook.spec.name == name) return hook;
  }
  return core::fail(core::ErrorCode::bad_input, "there is no such file", core::printable(file, 200));
}

/// What can be said without running it.
std::vector<CheckResult> look_at(const drain::FoundHook& hook) {
  std::vector<CheckResult> checks;
  for (const auto& remark : remarks_on(hook))
    checks.push_back({"file", remark.error ? Finding::fail : Finding::warn, remark.what, ""});
  for (const auto& what : hook.real_gate_refuses)
    checks.push_back({"file", Finding::warn, "a real drain would refuse it where it lies: " + what, ""});
  const bool broken =
      std::any_of(checks.begin(), checks.end(), [](const CheckResult& c) { return c.finding == Finding::fail; });
  if (broken || hook.standing != drain::HookStatus::runs)
    checks.push_back({"run", Finding::fail, "not tried, because it would not run", ""});
  return checks;
}

Result<void> examine(const drain::FoundHook& hook, bool real, std::vector<CheckResult>& checks) {
  auto patience = InterruptibleWait::open();
  if (!patience) return tl::unexpected(patience.error());
  auto trial = HookTrial::open(*patience, hook);
  if (!trial) return tl::unexpected(trial.error());
  Examination examination(**trial, checks);
  if (auto rehearsed = examination.rehearse(); !rehearsed || !real) return rehearsed;
  return examination.work();
}

Exit check(Context& context, const HooksCheckOptions& options) {
  const auto hook = find_file(context, options.file);
  if (!hook) {
    context.out.error(hook.error());
    return Exit::not_found;
  }
  auto checks = look_at(*hook);
  const bool may_run = checks.empty() || checks.back().name != "run";
  if (const auto examined = may_run ? examine(*hook, options.real, checks) : Result<void>(); !examined) {
    context.out.error(examined.error());
    return Exit::failed;
  }
  return show_checks(context, checks, "conforms");
}

}  // namespace

Command hooks_check_command() {
  return {.path = "hooks check",
          .summary = "Check whether one hook keeps the contract",
          .details =
              "Looks at FILE as hooks lint does, then calls it as drains do, with PREEMPT_REHEARSAL=1 and in a state "
              "folder of its own:\n"
              "drain, undo with nothing done, an event it does not know, and drain with one second to go.\n"
              "docs/hooks/writing.md has the rules.\n"
              "Exit 0 when it keeps them (warnings do not count), 1 when not, 4 when there is no such file.",
          .declare = with_options<HooksCheckOptions>(
              [](Arguments& arguments, HooksCheckOptions& options) {
                arguments.positional("FILE", options.file, "The hook, wherever it lies");
                arguments.flag("--real", options.real,
                               "Then drain twice and undo twice in earnest: it does what it does");
              },
              check),
          .acts = true};
}

}  // namespace preemptd::cli
