#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/host/agent_at_work.h"
#include "cli/host/interruptible_wait.h"
#include "cli/node/status_view.h"
#include "cli/records/record_view.h"
#include "core/json.h"
#include "core/text.h"
#include "drain/journal/record.h"

namespace preemptd::cli {
namespace {

using core::Result;

constexpr core::Millis kRedrawEvery{500};

struct StatusOptions {
  bool watch = false;
};

Exit exit_of(const Json& status) {
  return health_of(status, is_running(status)) == Health::watching ? Exit::ok : Exit::failed;
}

/// The chart out of the drain's record where it may be read (it is root's), else out of what the status file tells.
void show_drain(Output& out, const Json& status, const std::string& state_folder) {
  if (core::member_at(status, "notice").is_null()) return;
  const auto id = core::string_at(core::member_at(status, "drain"), "id").value_or("");
  const auto& clock = core::system_clock();
  const auto record = core::is_plain_name(id) ? drain::read_record(drain::drain_folder(state_folder, id))
                                              : Result<std::optional<drain::Record>>(std::nullopt);
  const Timeline timeline = record && *record ? timeline_of(**record, (*record)->started_boot, clock.boot_now())
                                              : timeline_of(status, clock.wall_now());
  if (timeline.lanes.empty()) return;
  out.line();
  out.raw(draw(timeline, out.style().width, [&](Tone tone, std::string_view text) { return out.paint(tone, text); }));
}

void show_screen(Output& out, const Json& status, const std::string& state_folder) {
  out.table(status_table(status, is_running(status), core::system_clock().wall_now()));
  show_drain(out, status, state_folder);
}

Exit show_once(Context& context, const config::Paths& paths) {
  auto status = read_status(paths.run);
  if (!status) {
    context.out.error(status.error());
    return status.error().code == core::ErrorCode::bad_input ? Exit::not_found : Exit::failed;
  }
  const bool running = is_running(*status);
  (*status)["running"] = running;
  if (context.out.for_people())
    show_screen(context.out, *status, paths.state);
  else
    context.out.result(*status, status_table(*status, running, core::system_clock().wall_now()));
  return exit_of(*status);
}

/// Redraws the screen until Ctrl-C; where stdout is no terminal, one line each time something changed.
Exit watch(Context& context, const config::Paths& paths) {
  auto patience = InterruptibleWait::open();
  if (!patience) {
    context.out.error(patience.error());
    return Exit::failed;
  }
  Exit last = Exit::failed;
  std::string printed;
  const auto forever = core::Deadline::after(core::BootClock::now(), std::chrono::hours(24 * 3650));
  patience->until(
      forever,
      [&] {
        const auto status = read_status(paths.run);
        const std::string line = status ? core::printable(core::string_at(*status, "line").value_or(""), 400)
                                        : core::describe(status.error());
        last = status ? exit_of(*status) : Exit::failed;
        if (context.out.style().width > 0) {
          context.out.raw("\033[H\033[J");
          if (status)
            show_screen(context.out, *status, paths.state);
          else
            context.out.line(line);
        } else if (line != printed) {
          context.out.line(line);
        }
        context.out.flush();
        printed = line;
        return !context.out.healthy();
      },
      kRedrawEvery);
  return last;
}

Exit status(Context& context, const StatusOptions& options) {
  const auto paths = load_settings(context).config.paths;
  return options.watch ? watch(context, paths) : show_once(context, paths);
}

}  // namespace

Command status_command() {
  return {.path = "status",
          .summary = "Show what the agent sees and does",
          .details =
              "Exit 0 while the agent runs, sees the cloud and a drain would start; 1 when not; 4 when it never ran:\n"
              "fit for a probe.",
          .declare = with_options<StatusOptions>(
              [](Arguments& arguments, StatusOptions& options) {
                arguments.flag("-w,--watch", options.watch,
                               "Keep showing it, with a bar for each hook of a drain, until Ctrl-C");
              },
              status)};
}

}  // namespace preemptd::cli
