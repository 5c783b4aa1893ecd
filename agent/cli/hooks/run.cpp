#include <unistd.h>

#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/hooks/found.h"
#include "cli/host/child_processes.h"
#include "cli/host/interruptible_wait.h"
#include "cli/host/private_folder.h"
#include "cli/records/record_view.h"
#include "core/identity.h"
#include "core/json.h"
#include "core/text.h"
#include "drain/journal/record.h"
#include "node/drain_result.h"
#include "sys/files.h"
#include "sys/programs.h"

namespace preemptd::cli {
namespace {

using core::Millis;
using core::Result;

struct HooksRunOptions {
  std::string name;
  std::vector<std::string> folders;
  Millis notice = core::Seconds(300);
  bool undo = false;
  bool real = false;
};

/// Of this run alone: by it the drainer finds the processes of its hook.
std::string id_of_run() {
  return "hooks-run-" + std::to_string(::getpid());
}

core::Notice notice_for(const HooksRunOptions& options, core::NoticeState state) {
  const auto& clock = core::system_clock();
  core::Notice notice;
  notice.id = id_of_run();
  notice.state = state;
  notice.instance = {"i-hooksrun", "cn-hangzhou", "cn-hangzhou-h", "ecs.g7.large"};
  notice.sources = {core::Source::manual};
  notice.seen_at = clock.wall_now();
  notice.seen_at_boot = clock.boot_now();
  notice.termination_time = notice.seen_at + options.notice;
  notice.exact = true;
  notice.deadline = notice.seen_at_boot + options.notice;
  notice.boot_id = core::current_boot_id();
  notice.rehearsal = !options.real;
  notice.reason = "preemptctl hooks run";
  return notice;
}

/// One hook in a folder of its own, and the real drainer on it.
class SingleRun {
 public:
  SingleRun(Context& context, const HooksRunOptions& options, std::unique_ptr<PrivateFolder> folder)
      : context_(context), options_(options), folder_(std::move(folder)) {}

  Result<void> set_up(const drain::FoundHook& hook);
  Result<void> drain(InterruptibleWait& patience, core::NoticeState state);
  Result<std::optional<drain::Record>> record() const {
    return drain::read_record(drain::drain_folder(*folder_ / "state", id_of_run()));
  }

 private:
  void print_output();

  Context& context_;
  const HooksRunOptions& options_;
  std::unique_ptr<PrivateFolder> folder_;
  ChildProcesses children_;
  std::size_t told_ = 0;
};

Result<void> SingleRun::set_up(const drain::FoundHook& hook) {
  for (const char* name : {"run", "state", "hooks.d"}) {
    if (auto made = sys::make_folders(*folder_ / name, 0755); !made) return made;
  }
  const std::string link = *folder_ / ("hooks.d/" + hook.spec.name);
  if (::symlink(hook.spec.path.c_str(), link.c_str()) != 0)
    return core::fail_errno(errno, "cannot link the hook", link);
  return {};
}

Result<void> SingleRun::drain(InterruptibleWait& patience, core::NoticeState state) {
  const auto program = sys::find_program("preempt-drain");
  if (!program) return tl::unexpected(program.error());
  auto written = sys::write_file_atomically(*folder_ / "run/notice.json",
                                            core::to_json_text(notice_for(options_, state)), 0644, sys::Durable::no);
  if (!written) return written;
  auto arguments = configuration_arguments(context_.common);
  for (const auto& setting : {"paths.run=" + (*folder_ / "run"), "paths.state=" + (*folder_ / "state"),
                              "hooks.folders=" + (*folder_ / "hooks.d")}) {
    arguments.insert(arguments.end(), {"--set", setting});
  }
  if (auto started =
          children_.start("preempt-drain", *program, arguments, *folder_ / "drain.log", configuration_environment());
      !started)
    return started;
  const auto by = core::Deadline::after(core::BootClock::now(), options_.notice + core::Seconds(60));
  patience.until(by, [&] {
    print_output();
    return !children_.running("preempt-drain");
  });
  print_output();
  if (patience.interrupted()) return core::fail(core::ErrorCode::cancelled, "interrupted");
  return {};
}

/// The drainer's own log, line by line as it grows: it carries what the hook writes.
void SingleRun::print_output() {
  const auto text = sys::read_file(*folder_ / "drain.log", 64 * 1024 * 1024);
  if (!text || !*text) return;
  for (auto end = (*text)->find('\n', told_); end != std::string::npos; end = (*text)->find('\n', told_)) {
    context_.out.line(core::printable((*text)->substr(told_, end - told_), 4096));
    told_ = end + 1;
  }
}

Exit report_outcome(Context& context, const HooksRunOptions& options,
                    const Result<std::optional<drain::Record>>& record) {
  if (!record || !*record || (*record)->hooks.empty()) {
    context.out.error(record ? "the drainer left no record" : core::describe(record.error()));
    return Exit::failed;
  }
  const auto& hook = (*record)->hooks.front();
  const auto& outcome = options.undo ? hook.undo : hook.outcome;
  const bool well = outcome && node::went_well(*outcome);
  if (!context.out.for_people()) {
    auto shown = context.out.document(drain::to_json(**record));
    if (!shown) context.out.error(shown.error());
  } else {
    context.out.line(context.out.paint(well ? Tone::good : Tone::bad,
                                       outcome ? core::printable(drain::describe(*outcome), 300) : "not over"));
  }
  return well ? Exit::ok : Exit::failed;
}

Result<std::optional<drain::Record>> run_it(Context& context, const HooksRunOptions& options,
                                            const drain::FoundHook& hook) {
  auto patience = InterruptibleWait::open();
  if (!patience) return tl::unexpected(patience.error());
  // The gate of a real drain refuses whatever lies below a folder that others may write to, as /tmp is.
  auto folder = PrivateFolder::make("preempt-hook", options.real ? "/run" : "");
  if (!folder) return tl::unexpected(folder.error());
  SingleRun single(context, options, std::move(*folder));
  if (auto ready = single.set_up(hook); !ready) return tl::unexpected(ready.error());
  if (auto drained = single.drain(*patience, core::NoticeState::pending); !drained)
    return tl::unexpected(drained.error());
  if (options.undo) {
    if (auto undone = single.drain(*patience, core::NoticeState::withdrawn); !undone)
      return tl::unexpected(undone.error());
  }
  return single.record();
}

Exit run_hook(Context& context, const HooksRunOptions& options) {
  if (options.notice < core::Seconds(1)) {
    context.out.error("--notice: less than a second is no time to drain in");
    return Exit::failed;
  }
  const auto loaded = load_settings(context);
  const auto found =
      find_hooks(loaded.config, options.folders, options.real ? drain::GateMode::real : drain::GateMode::rehearsal);
  const auto hook = found ? pick_hook(*found, options.name) : Result<drain::FoundHook>(tl::unexpected(found.error()));
  if (!hook) {
    context.out.error(hook.error());
    return Exit::not_found;
  }
  if (hook->standing != drain::HookStatus::runs) {
    context.out.error(core::printable(hook->spec.name, 120) + " would not run: " + core::printable(hook->reason, 300));
    return Exit::failed;
  }
  return report_outcome(context, options, run_it(context, options, *hook));
}

}  // namespace

Command hooks_run_command() {
  return {.path = "hooks run",
          .summary = "Run one hook exactly as a drain would",
          .details =
              "With the real preempt-drain, in private state, with the hook's own limits; as a rehearsal "
              "(PREEMPT_REHEARSAL=1)\n"
              "unless --real is given. Exit 0 when the hook ends well.",
          .declare = with_options<HooksRunOptions>(
              [](Arguments& arguments, HooksRunOptions& options) {
                arguments.positional("NAME", options.name, "The hook; number and extension may be left out");
                declare_folders(arguments, options.folders);
                arguments.duration("--notice", options.notice, "Length of the notice");
                arguments.flag("--undo", options.undo, "Afterwards call it with undo, and judge that");
                arguments.flag("--real", options.real, "PREEMPT_REHEARSAL=0: it does what it does");
              },
              run_hook),
          .acts = true};
}

}  // namespace preemptd::cli
