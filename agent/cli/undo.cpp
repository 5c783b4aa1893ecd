#include <unistd.h>

#include <memory>

#include "cli/commands.h"
#include "cli/confirm.h"
#include "cli/drain_by_hand.h"
#include "cli/notice_now.h"
#include "cli/settings.h"
#include "core/text.h"
#include "drain/record.h"

namespace preemptd::cli {
namespace {

using core::Fault;
using core::Result;

struct Options {
  bool yes = false;
  bool no_wait = false;
};

/// The notice whose drain is to be taken back: the published one, else that of the newest drain on record.
Result<core::Notice> notice_to_undo(const config::Config& config) {
  auto now = published_notice(config.paths.run);
  if (!now) return tl::unexpected(now.error());
  const auto drains = drain::list_drains(config.paths.state);
  if (!drains) return tl::unexpected(drains.error());
  if (!*now && drains->empty())
    return core::fail(Fault::bad_input, "nothing was drained here: there is nothing to undo");
  const std::string id = *now ? (*now)->id : drains->front();
  const auto record = drain::read_record(drain::drain_folder(config.paths.state, id));
  if (!record) return tl::unexpected(record.error());
  if (*record && (*record)->state == drain::DrainState::undone)
    return core::fail(Fault::bad_input, "the last drain, " + id + ", was undone already");
  if (*now) return std::move(**now);
  if (!*record) return core::fail(Fault::bad_input, "the record of the last drain, " + id + ", tells of no drain");
  core::Notice notice = (*record)->notice;
  // Given when nobody knew whose it is: whoever undoes it by hand says that it is this node's.
  if (notice.instance.instance_id.empty()) notice.instance = published_identity(config.paths.run);
  return notice;
}

Exit undo(Context& context, const Options& options) {
  if (::geteuid() != 0) {
    context.out.error("needs root, as the hooks do");
    return Exit::failed;
  }
  const auto config = load_settings(context).config;
  auto notice = notice_to_undo(config);
  if (!notice) {
    context.out.error(notice.error());
    return notice.error().fault == Fault::bad_input ? Exit::not_found : Exit::failed;
  }
  if (!options.yes && !confirmed(context.out, "This calls the hooks of " + notice->id + " with undo."))
    return Exit::failed;
  notice->state = core::NoticeState::withdrawn;
  if (auto published = publish_by_hand(context, config, *notice); !published) {
    context.out.error(published.error());
    return Exit::failed;
  }
  context.out.line("undoing " + notice->id);
  if (options.no_wait) return Exit::ok;
  return follow_drain(context, config, *notice);
}

}  // namespace

Command undo_command() {
  return {
      .path = "undo",
      .summary = "Take the last drain back: call its hooks with undo, in reverse order",
      .details =
          "The agent does this by itself when both sources take a notice back, and when the instance comes back.\n"
          "Exit 0 when every hook succeeded, 1 when not, 3 when the end was not seen, 4 when there is nothing to undo.",
      .declare = [](Arguments& arguments) -> Run {
        auto options = std::make_shared<Options>();
        arguments.flag("--no-wait", options->no_wait, "Do not wait for the end");
        arguments.flag("--yes", options->yes, "Do not ask");
        return [options](Context& context) { return undo(context, *options); };
      }};
}

}  // namespace preemptd::cli
