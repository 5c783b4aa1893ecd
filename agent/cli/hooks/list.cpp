#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/hooks/found.h"
#include "core/duration.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

struct HooksListOptions {
  std::vector<std::string> folders;
};

std::string limits_of(const drain::HookOptions& options) {
  std::string text;
  if (options.timeout) text = "at most " + core::format_duration(*options.timeout);
  if (options.reserve) text += (text.empty() ? "" : ", ") + core::format_duration(*options.reserve) + " reserved";
  if (!options.late) text += text.empty() ? "not late" : ", not late";
  return text;
}

Json as_json(const drain::FoundHook& hook) {
  const auto& options = hook.spec.options;
  Json json{{"name", core::valid_utf8(hook.spec.name)},
            {"path", core::valid_utf8(hook.spec.path)},
            {"stage", hook.spec.stage},
            {"standing", drain::name_of(hook.standing)},
            {"reason", hook.reason},
            {"grace_ms", options.grace.count()},
            {"timeout_ms", nullptr},
            {"reserve_ms", nullptr},
            {"repeatable", options.repeatable},
            {"importance", drain::name_of(options.importance)},
            {"late", options.late},
            {"warnings", hook.warnings},
            {"real_gate_refuses", hook.real_gate_refuses}};
  if (options.timeout) json["timeout_ms"] = options.timeout->count();
  if (options.reserve) json["reserve_ms"] = options.reserve->count();
  return json;
}

std::vector<Cell> row_of(const drain::FoundHook& hook) {
  const bool runs = hook.standing == drain::HookStatus::runs;
  return {std::to_string(hook.spec.stage),
          core::printable(hook.spec.name, 120),
          runs ? std::string(drain::name_of(hook.spec.options.importance)) : "",
          {std::string(drain::name_of(hook.standing)), cli::tone_of(hook.standing)},
          runs ? limits_of(hook.spec.options) : core::printable(hook.reason, 300)};
}

Exit list(Context& context, const HooksListOptions& options) {
  const auto loaded = load_settings(context);
  const auto found = find_hooks(loaded.config, options.folders, drain::GateMode::real);
  if (!found) {
    context.out.error(found.error());
    return Exit::not_found;
  }
  Json hooks = Json::array();
  Table table{{{"STAGE", Align::right, false, 1},
               {"HOOK"},
               {"IMPORTANCE", Align::left, false, 2},
               {"STANDING"},
               {"LIMITS OR REASON"}},
              {},
              "no hooks: a drain would only be reported. Start with: preemptctl hooks enable NAME, or hooks new NAME"};
  for (const auto& hook : found->hooks) {
    hooks.push_back(as_json(hook));
    table.rows.push_back(row_of(hook));
  }
  context.out.result({{"hooks", hooks}, {"warnings", found->warnings}}, table);
  for (const auto& warning : found->warnings) context.out.warning(warning);
  for (const auto& hook : found->hooks) {
    for (const auto& warning : hook.warnings)
      context.out.warning(core::printable(hook.spec.name, 120) + ": " + warning);
  }
  return Exit::ok;
}

}  // namespace

Command hooks_list_command() {
  return {
      .path = "hooks list",
      .summary = "List every file in the hook folders and what becomes of it",
      .details =
          "In running order; what does not run is there with the reason. Exit 0 then, too: hooks lint is the check.",
      .declare = with_options<HooksListOptions>(
          [](Arguments& arguments, HooksListOptions& options) { declare_folders(arguments, options.folders); }, list)};
}

}  // namespace preemptd::cli
