#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

struct ConfigShowOptions {
  std::string part;
  bool changed = false;
};

bool matches(const std::string& key, const std::string& part) {
  return part.empty() || key == part || key.rfind(part + ".", 0) == 0;
}

Exit show(Context& context, const ConfigShowOptions& options) {
  const auto loaded = load_settings(context);
  Json document = Json::object();
  Table table{{{"KEY"}, {"VALUE", Align::left, true}, {"FROM", Align::left, true}}, {}, "nothing is set: all defaults"};
  std::vector<std::string> known;
  for (const auto& shown : config::show(loaded)) {
    known.push_back(shown.key);
    if (!matches(shown.key, options.part)) continue;
    const bool is_default = shown.origin == "default";
    if (options.changed && is_default) continue;
    const auto value = core::printable(shown.value, 1000);
    document[shown.key] = {{"value", value}, {"from", shown.origin}};
    table.rows.push_back({shown.key, value, {shown.origin, is_default ? Tone::faint : Tone::plain}});
  }
  if (table.rows.empty() && !options.part.empty() && !options.changed) {
    for (std::size_t i = 0, keys = known.size(); i < keys; ++i)
      known.push_back(known[i].substr(0, known[i].rfind('.')));
    const auto near = core::nearest(options.part, known);
    context.out.error("no setting \"" + core::printable(options.part, 80) + "\"" +
                      (near ? ", did you mean " + *near + "?" : ""));
    return Exit::not_found;
  }
  context.out.result(document, table);
  return Exit::ok;
}

}  // namespace

Command config_show_command() {
  return {.path = "config show",
          .summary = "Show every setting, its value and where that came from",
          .details = "KEY picks one setting or a section: preemptctl config show metadata",
          .declare = with_options<ConfigShowOptions>(
              [](Arguments& arguments, ConfigShowOptions& options) {
                arguments.optional_positional("KEY", options.part,
                                              "A setting (metadata.interval) or a section (metadata)");
                arguments.flag("--changed", options.changed, "Only what is not the default");
              },
              show)};
}

}  // namespace preemptd::cli
