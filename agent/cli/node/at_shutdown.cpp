#include <algorithm>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/host/notice_now.h"
#include "cli/node/drain_by_hand.h"

namespace preemptd::cli {
namespace {

/// What preemptd-shutdown.service grants a drain.
constexpr core::Millis kMost = core::Seconds(300);

/// A drained node need not be drained again, and one that drains does already.
bool has_notice(const std::string& run_folder) {
  const auto now = published_notice(run_folder);
  return now && *now && (*now)->state == core::NoticeState::pending;
}

Exit at_shutdown(Context& context) {
  const auto config = load_settings(context).config;
  context.out.line(config.drain.on_shutdown);
  if (config.drain.on_shutdown != "always" || has_notice(config.paths.run)) return Exit::ok;
  const auto notice = own_notice(core::Source::shutdown, std::min(config.drain.window, kMost),
                                 "the machine is shut down", published_identity(config.paths.run));
  if (auto published = publish_by_hand(context, config, notice); !published) {
    context.out.error(published.error());
    return Exit::failed;
  }
  return Exit::ok;
}

}  // namespace

Command at_shutdown_command() {
  return {
      .path = "at-shutdown",
      .summary = "Called by preemptd-shutdown.service when the machine goes down",
      .details = "Prints drain.on_shutdown; for \"always\" it begins a drain, unless the node has a notice already.",
      .declare = [](Arguments&) -> Run { return at_shutdown; },
      .hidden = true};
}

}  // namespace preemptd::cli
