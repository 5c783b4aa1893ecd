#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/host/notice_now.h"
#include "core/utc.h"

namespace preemptd::cli {
namespace {

struct RemainingOptions {
  bool whole = false;
};

Exit show(Context& context, core::Deadline by, const Json& more) {
  const auto left = by.left(core::system_clock().boot_now());
  if (!context.out.for_people()) {
    Json document = more;
    document["seconds_left"] = left.count() / 1000;
    document["left_ms"] = left.count();
    auto shown = context.out.document(document);
    return shown ? Exit::ok : Exit::failed;
  }
  context.out.line(std::to_string(left.count() / 1000));
  return Exit::ok;
}

Exit remaining(Context& context, const RemainingOptions& options) {
  const auto own = options.whole ? std::nullopt : own_stop_by();
  if (own) return show(context, *own, {{"until", "this hook's stop-by"}});
  const auto notice = published_notice(load_settings(context).config.paths.run);
  if (!notice) {
    context.out.error(notice.error());
    return Exit::failed;
  }
  if (!*notice || (*notice)->state != core::NoticeState::pending) {
    context.out.note("no notice: nobody takes this instance back");
    return Exit::not_found;
  }
  return show(
      context, deadline_of(**notice),
      {{"until", "the end of the instance"}, {"termination_time", core::format_utc((*notice)->termination_time)}});
}

}  // namespace

Command remaining_command() {
  return {.path = "remaining",
          .summary = "Print how many seconds are left",
          .details =
              "Inside a hook: until this hook gets SIGTERM. Elsewhere, or with --whole: until the instance ends.\n"
              "Exit 4 when there is no notice.",
          .declare = with_options<RemainingOptions>(
              [](Arguments& arguments, RemainingOptions& options) {
                arguments.flag("--whole", options.whole, "Until the instance ends, inside a hook, too");
              },
              remaining)};
}

}  // namespace preemptd::cli
