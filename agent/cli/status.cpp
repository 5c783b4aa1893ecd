#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/settings.h"
#include "cli/status_view.h"
#include "core/json.h"
#include "core/text.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

constexpr std::size_t kStatusLimit = 1024 * 1024;

/// The pid may have been given to somebody else since.
bool is_running(const Json& status) {
  const auto pid = core::integer_at(status, "pid").value_or(0);
  const auto name = sys::read_file("/proc/" + std::to_string(pid) + "/comm", 64);
  return name && *name && core::trim(**name) == "preemptd";
}

Exit exit_of(Health health) {
  return health == Health::watching ? Exit::ok : Exit::failed;
}

Exit status(Context& context) {
  const auto path = load_settings(context).config.paths.run + "/status.json";
  const auto text = sys::read_file(path, kStatusLimit);
  if (!text) {
    context.out.error(text.error());
    return Exit::failed;
  }
  if (!*text) {
    context.out.error("preemptd has not run since this machine started: there is no " + path);
    return Exit::not_found;
  }
  auto document = core::parse_json(**text);
  if (!document) {
    context.out.error(core::describe(document.error()) + " in " + path);
    return Exit::failed;
  }
  const bool running = is_running(*document);
  const auto now = core::system_clock().wall_now();
  (*document)["running"] = running;
  context.out.result(*document, status_table(*document, running, now));
  if (const auto hooks = hooks_of_drain(*document, now); context.out.for_people() && !hooks.rows.empty()) {
    context.out.line();
    context.out.table(hooks);
  }
  return exit_of(health_of(*document, running));
}

}  // namespace

Command status_command() {
  return {.path = "status",
          .summary = "Show what the agent sees and does",
          .details =
              "Exit 0 while the agent runs and sees the cloud, 1 when it is blind or dead, 4 when it never ran:\n"
              "fit for a probe.",
          .declare = [](Arguments&) -> Run { return status; }};
}

}  // namespace preemptd::cli
