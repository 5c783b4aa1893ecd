#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/host/agent_at_work.h"
#include "cli/host/interruptible_wait.h"
#include "cli/host/notice_now.h"
#include "cli/node/drain_by_hand.h"
#include "cli/terminal/confirm.h"
#include "core/json.h"
#include "core/text.h"
#include "drain/journal/record.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;
using core::Result;

struct UndoOptions {
  bool yes = false;
  bool no_wait = false;
  bool force = false;
};

/// The agent hears of a withdrawal within this time where both sources answer.
constexpr core::Millis kHeardWithin = core::Seconds(6);

/// The source whose last answer to a running agent is a notice; "" where none is, or no agent runs.
std::string announcing_source(const std::string& run_folder) {
  const auto status = read_status(run_folder);
  if (!status || !is_running(*status)) return "";
  for (const char* source : {"metadata", "operation-lock"})
    if (core::bool_at(core::member_at(core::member_at(*status, "sources"), source), "announces").value_or(false))
      return source;
  return "";
}

/// refused: the cloud still announces it, so that the drain would begin again at once.
Result<void> check_not_live(const core::Notice& notice, const std::string& run_folder) {
  if (core::is_ours(notice) || notice.state != core::NoticeState::pending) return {};
  auto patience = InterruptibleWait::open();
  if (!patience) return tl::unexpected(patience.error());
  std::string source;
  const auto gone = [&] { return (source = announcing_source(run_folder)).empty(); };
  if (patience->until(core::Deadline::after(core::BootClock::now(), kHeardWithin), gone)) return {};
  return core::fail(ErrorCode::refused,
                    "the cloud still announces the notice " + notice.id + " (" + source +
                        "): everything would be undone and drained again at once; wait until it is withdrawn, or add "
                        "--force");
}

/// As far as disk and memory know of it. Nothing: no drain of this notice has begun.
Result<std::optional<drain::Record>> drain_of(const config::Paths& paths, const std::string& id) {
  const auto journal = drain::read_journal(paths.run, drain::drain_folder(paths.state, id), id);
  if (!journal) return tl::unexpected(journal.error());
  return *journal ? drain::record_of((*journal)->entries) : std::nullopt;
}

/// The notice, unless there is no drain of it to be taken back. One that still stands keeps its drain to come.
Result<core::Notice> undoable(const config::Paths& paths, core::Notice notice) {
  const auto drained = drain_of(paths, notice.id);
  if (!drained) return tl::unexpected(drained.error());
  if (!*drained)
    return core::fail(ErrorCode::bad_input, "no drain of the notice " + notice.id + " has begun: nothing to undo");
  if ((*drained)->state == drain::DrainState::undone)
    return core::fail(ErrorCode::bad_input, "the last drain, " + notice.id + ", was undone already");
  return notice;
}

Result<core::Notice> newest_on_record(const config::Paths& paths) {
  const auto drains = drain::list_drains(paths.state);
  if (!drains) return tl::unexpected(drains.error());
  if (drains->empty()) return core::fail(ErrorCode::bad_input, "nothing was drained here: nothing to undo");
  const auto record = drain_of(paths, drains->front());
  if (!record) return tl::unexpected(record.error());
  if (!*record)
    return core::fail(ErrorCode::bad_input,
                      "the record of the last drain, " + drains->front() + ", has no drain in it");
  core::Notice notice = (*record)->notice;
  // Given when nobody knew whose it is: whoever undoes it by hand says that it is this node's.
  if (notice.instance.instance_id.empty()) notice.instance = published_identity(paths.run);
  return notice;
}

/// The notice whose drain is to be taken back: the published one, else that of the newest drain on record.
Result<core::Notice> notice_to_undo(const config::Paths& paths) {
  auto now = published_notice(paths.run);
  if (!now) return core::fail(ErrorCode::local, core::describe(with_remedy(now.error())));
  auto notice = *now ? Result<core::Notice>(std::move(**now)) : newest_on_record(paths);
  return notice ? undoable(paths, std::move(*notice)) : notice;
}

Exit undo(Context& context, const UndoOptions& options) {
  if (::geteuid() != 0) {
    context.out.error("needs root, as the hooks do");
    return Exit::failed;
  }
  const auto config = load_settings(context).config;
  auto notice = notice_to_undo(config.paths);
  if (!notice) {
    context.out.error(notice.error());
    return notice.error().code == ErrorCode::bad_input ? Exit::not_found : Exit::failed;
  }
  if (const auto good = options.force ? Result<void>() : check_not_live(*notice, config.paths.run); !good) {
    context.out.error(good.error());
    return Exit::failed;
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
      .declare = with_options<UndoOptions>(
          [](Arguments& arguments, UndoOptions& options) {
            arguments.flag("--force", options.force, "Also while the cloud announces the notice: it drains again");
            arguments.flag("--no-wait", options.no_wait, "Do not wait for the end");
            arguments.flag("--yes", options.yes, "Do not ask");
          },
          undo),
      .acts = true};
}

}  // namespace preemptd::cli
