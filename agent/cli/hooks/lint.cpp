#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/hooks/found.h"
#include "cli/hooks/remarks.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

struct HooksLintOptions {
  std::vector<std::string> folders;
  std::vector<std::string> names;
  bool strict = false;
};

Exit show(Context& context, const std::vector<HookRemark>& findings, std::size_t looked_at, bool strict) {
  Json list = Json::array();
  Table table{{{"HOOK"}, {"FINDING"}, {"WHAT"}}, {}, ""};
  std::size_t errors = 0;
  for (const auto& finding : findings) {
    errors += finding.error ? 1 : 0;
    const char* level = finding.error ? "error" : "warning";
    list.push_back({{"hook", finding.hook}, {"level", level}, {"what", finding.what}});
    table.rows.push_back({finding.hook, {level, finding.error ? Tone::bad : Tone::warn}, finding.what});
  }
  const bool ok = errors == 0 && (!strict || findings.empty());
  context.out.result({{"ok", ok}, {"looked_at", looked_at}, {"findings", list}}, table);
  if (findings.empty())
    context.out.line(std::to_string(looked_at) + (looked_at == 1 ? " hook" : " hooks") + ", nothing found");
  return ok ? Exit::ok : Exit::failed;
}

Exit lint(Context& context, const HooksLintOptions& options) {
  const auto loaded = load_settings(context);
  const auto found = find_hooks(loaded.config, options.folders, drain::GateMode::real);
  if (!found) {
    context.out.error(found.error());
    return Exit::not_found;
  }
  std::vector<HookRemark> findings;
  std::size_t looked_at = 0;
  const auto look_at = [&](const drain::FoundHook& hook) {
    for (auto& remark : remarks_on(hook)) findings.push_back(std::move(remark));
    ++looked_at;
  };
  if (options.names.empty()) {
    for (const auto& hook : found->hooks) look_at(hook);
    const auto is_unread = [&](const std::string& warning) {
      return std::any_of(found->unread.begin(), found->unread.end(),
                         [&](const auto& folder) { return folder.why == warning; });
    };
    const auto is_shown_by_a_hook = [&](const std::string& warning) {
      return std::any_of(findings.begin(), findings.end(), [&](const auto& finding) {
        return !finding.what.empty() && warning.ends_with(": " + finding.what);
      });
    };
    for (const auto& warning : found->warnings)
      if (!is_shown_by_a_hook(warning)) findings.push_back({"-", is_unread(warning), core::printable(warning, 300)});
  }
  for (const auto& name : options.names) {
    const auto hook = pick_hook(*found, name);
    if (!hook) {
      context.out.error(hook.error());
      return Exit::not_found;
    }
    look_at(*hook);
  }
  return show(context, findings, looked_at, options.strict);
}

}  // namespace

Command hooks_lint_command() {
  return {.path = "hooks lint",
          .summary = "Look for what will keep a hook from running, or bite one day",
          .details =
              "Checks every component of the path, owner and mode, interpreter, line ends, mount options, names, "
              "limits, and\n"
              "the syntax with the interpreter's own check (sh, bash, python3, ruby). Nothing is run.\n"
              "Exit 0 when every hook would run (with --strict: when nothing is reported at all), else 1: fit for "
              "image\n"
              "builds.",
          .declare = with_options<HooksLintOptions>(
              [](Arguments& arguments, HooksLintOptions& options) {
                arguments.positionals("NAME", options.names, "Only these hooks", false);
                declare_folders(arguments, options.folders);
                arguments.flag("--strict", options.strict, "Warnings fail, too");
              },
              lint)};
}

}  // namespace preemptd::cli
