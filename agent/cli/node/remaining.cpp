#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/host/agent_at_work.h"
#include "cli/host/metadata_notice.h"
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

Exit no_notice(Context& context) {
  context.out.note("no notice: nobody takes this instance back");
  return Exit::not_found;
}

/// Without an agent nobody writes a notice file: its absence says nothing.
Exit ask_metadata(Context& context, const config::Metadata& settings) {
  context.out.note("preemptd does not run here: asking the metadata service");
  auto metadata = MetadataNotice::open(settings);
  const auto answer = metadata ? metadata->ask() : tl::unexpected(metadata.error());
  if (!answer) {
    context.out.problem({"it is not known whether this instance is reclaimed: " + core::describe(answer.error()),
                         std::string(core::name_of(answer.error().code)),
                         "",
                         "",
                         {"start preemptd: systemctl start preemptd"}});
    return Exit::failed;
  }
  if (!*answer) return no_notice(context);
  return show(context, (*answer)->deadline,
              {{"until", "the end of the instance"}, {"termination_time", core::format_utc((*answer)->at)}});
}

Exit remaining(Context& context, const RemainingOptions& options) {
  const auto own = options.whole ? std::nullopt : own_stop_by();
  if (own) return show(context, *own, {{"until", "this hook's stop-by"}});
  const auto config = load_settings(context).config;
  const auto notice = published_notice(config.paths.run);
  if (!notice) {
    context.out.error(notice.error());
    return Exit::failed;
  }
  if (!*notice || (*notice)->state != core::NoticeState::pending) {
    const auto status = read_status(config.paths.run);
    return status && is_running(*status) ? no_notice(context) : ask_metadata(context, config.metadata);
  }
  return show(
      context, deadline_of(**notice),
      {{"until", "the end of the instance"}, {"termination_time", core::format_utc((*notice)->termination_time)}});
}

}  // namespace

Command remaining_command() {
  return {
      .path = "remaining",
      .summary = "Print how many seconds are left",
      .details =
          "Inside a hook: until this hook gets SIGTERM. Elsewhere, or with --whole: until the instance ends.\n"
          "Exit 4 when there is no notice. Where preemptd does not run, the metadata service is asked; exit 1 when\n"
          "that does not answer, either.",
      .declare = with_options<RemainingOptions>(
          [](Arguments& arguments, RemainingOptions& options) {
            arguments.flag("--whole", options.whole, "Until the instance ends, inside a hook, too");
          },
          remaining)};
}

}  // namespace preemptd::cli
