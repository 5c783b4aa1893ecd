#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "node/service_account.h"

namespace preemptd::cli {
namespace {

Exit check(Context& context) {
  auto loaded = config::load_leniently(load_request(context.common));
  for (auto& error : node::secrets_out_of_reach(loaded.config)) {
    error.what += std::string(": ") + node::kHowToGiveSecrets;
    loaded.problems.push_back(std::move(error));
  }
  Json problems = Json::array();
  for (const auto& problem : loaded.problems) problems.push_back({{"what", problem.what}, {"where", problem.where}});
  const bool ok = loaded.problems.empty();
  if (!context.out.for_people()) {
    auto shown = context.out.document(
        {{"ok", ok}, {"files", loaded.files}, {"problems", problems}, {"warnings", loaded.warnings}});
    if (!shown) context.out.error(shown.error());
    return ok ? Exit::ok : Exit::failed;
  }
  for (const auto& problem : loaded.problems) context.out.error(problem);
  for (const auto& warning : loaded.warnings) context.out.warning(warning);
  const auto count = loaded.files.size();
  const std::string read =
      count == 0 ? "no file, all defaults" : std::to_string(count) + (count == 1 ? " file" : " files");
  if (ok) context.out.line(context.out.paint(Tone::good, "ok") + ": " + read);
  return ok ? Exit::ok : Exit::failed;
}

}  // namespace

Command config_check_command() {
  return {.path = "config check",
          .summary = "Check the configuration as preemptd would read it",
          .details =
              "Reads the file, conf.d beside it, the environment and --set, and names every problem with its place.\n"
              "As root it also tries, as the service's user, whether the files of secrets can be read.\n"
              "Exit 0 when preemptd would take it, 1 when not.",
          .declare = [](Arguments&) -> Run { return check; }};
}

}  // namespace preemptd::cli
