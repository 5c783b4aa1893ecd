#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/hooks/found.h"
#include "cli/hooks/tuning.h"
#include "core/duration.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

struct HooksTuneOptions {
  std::vector<std::string> folders;
};

/// Those that can be read: one unreadable record costs itself alone.
std::vector<drain::Record> all_records(Context& context, const std::string& state) {
  std::vector<drain::Record> records;
  const auto drains = drain::list_drains(state);
  if (!drains) context.out.warning(drains.error().what);
  for (const auto& id : drains.value_or(std::vector<std::string>{})) {
    auto record = drain::read_record(drain::drain_folder(state, id));
    if (!record) context.out.warning(record.error().what);
    if (record && *record) records.push_back(std::move(**record));
  }
  return records;
}

std::string now_of(const drain::HookOptions& options) {
  std::string text;
  if (options.timeout) text = "timeout=" + core::format_duration(*options.timeout);
  if (options.reserve) text += (text.empty() ? "" : " ") + ("reserve=" + core::format_duration(*options.reserve));
  return text.empty() ? "no limits" : text;
}

Exit tune(Context& context, const HooksTuneOptions& options) {
  const auto loaded = load_settings(context);
  const auto found = find_hooks(loaded.config, options.folders, drain::GateMode::real);
  if (!found) {
    context.out.error(found.error());
    return Exit::not_found;
  }
  const auto records = all_records(context, loaded.config.paths.state);
  const auto history = drain::read_history(loaded.config.paths.state);
  Json hooks = Json::array();
  Table table{{{"HOOK"}, {"NOW"}, {"PROPOSED"}, {"BECAUSE"}}, {}, "no hooks"};
  for (const auto& hook : found->called_on_drain()) {
    const auto tuning = tuning_of(hook, records, history);
    hooks.push_back(as_json(tuning));
    table.rows.push_back({core::printable(hook.name, 120), now_of(hook.options),
                          tuning.p95 ? "# preemptd: " + line_of(tuning) : "", evidence_of(tuning)});
  }
  context.out.result({{"hooks", hooks}}, table);
  return Exit::ok;
}

}  // namespace

Command hooks_tune_command() {
  return {
      .path = "hooks tune",
      .summary = "Propose timeout= and reserve= for each hook from what it took",
      .details =
          "Counts runs that went well: of the records of past drains, and of rehearsals. The reserve is the p95 with\n"
          "a quarter and a second on top, the timeout twice that. Nothing is changed: a line goes into the script's\n"
          "header, or the values into [hook.\"NAME\"] of the configuration.",
      .declare = [](Arguments& arguments) -> Run {
        auto options = std::make_shared<HooksTuneOptions>();
        declare_folders(arguments, options->folders);
        return [options](Context& context) { return tune(context, *options); };
      }};
}

}  // namespace preemptd::cli
