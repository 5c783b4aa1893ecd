#include <unistd.h>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/host/notice_now.h"
#include "cli/node/drain_by_hand.h"
#include "cli/terminal/confirm.h"
#include "core/duration.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

struct DrainOptions {
  core::Millis notice = core::Seconds(300);
  std::string reason;
  bool yes = false;
  bool no_wait = false;
};

/// Empty: nothing is in the way.
std::string what_is_in_the_way(const std::string& run_folder, const DrainOptions& options) {
  if (options.notice < core::Seconds(1)) return "--notice: less than a second is no time to drain in";
  const auto& reason = options.reason;
  if (core::printable(reason, core::kReasonLimit) != reason || reason.size() > core::kReasonLimit)
    return "--reason is one line of UTF-8, at most " + std::to_string(core::kReasonLimit) + " bytes of it";
  if (::geteuid() != 0) return "needs root, as the hooks do";
  const auto now = published_notice(run_folder);
  if (!now) return core::describe(with_remedy(now.error()));
  const bool pending =
      *now && (*now)->state == core::NoticeState::pending && !deadline_of(**now).passed(core::BootClock::now());
  return pending ? "there is a notice already: " + (*now)->id + "; see preemptctl status" : "";
}

Exit drain(Context& context, const DrainOptions& options) {
  const auto config = load_settings(context).config;
  if (const auto why = what_is_in_the_way(config.paths.run, options); !why.empty()) {
    context.out.error(why);
    return Exit::failed;
  }
  if (!options.yes && !confirmed(context.out, "This runs every drain hook on this machine, for real."))
    return Exit::failed;
  const auto notice =
      own_notice(core::Source::manual, options.notice, options.reason.empty() ? "by hand" : options.reason,
                 published_identity(config.paths.run));
  if (auto published = publish_by_hand(context, config, notice); !published) {
    context.out.error(published.error());
    return Exit::failed;
  }
  context.out.line("drain " + notice.id + ", " + core::format_duration(options.notice) + " for it");
  if (options.no_wait) return Exit::ok;
  return follow_drain(context, config, notice);
}

}  // namespace

Command drain_command() {
  return {.path = "drain",
          .summary = "Drain this machine now, without a word from the cloud",
          .details =
              "For maintenance, or for a scale-in by another tool: the same path, hooks, record and reports as a "
              "reclaim, marked\n"
              "as done by hand. Take it back with: preemptctl undo\n"
              "Exit 0 when every hook succeeded, 1 when not, 3 when the end was not seen.",
          .declare = with_options<DrainOptions>(
              [](Arguments& arguments, DrainOptions& options) {
                arguments.duration("--notice", options.notice, "Time the drain has");
                arguments.text("--reason", "TEXT", options.reason, "Why, in a line; it stands in record and reports");
                arguments.flag("--no-wait", options.no_wait, "Do not wait for the end");
                arguments.flag("--yes", options.yes, "Do not ask");
              },
              drain),
          .acts = true};
}

}  // namespace preemptd::cli
