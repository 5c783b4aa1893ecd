#include "cli/command/settings.h"

namespace preemptd::cli {

config::LoadRequest load_request(const Common& common) {
  return {.file = common.config_file, .sets = common.settings, .environment = config::environment_of_process()};
}

std::vector<std::string> configuration_arguments(const Common& common) {
  std::vector<std::string> arguments;
  if (!common.config_file.empty()) arguments = {"--config", common.config_file};
  for (const auto& setting : common.settings) arguments.insert(arguments.end(), {"--set", setting});
  return arguments;
}

std::vector<std::string> configuration_environment() {
  std::vector<std::string> environment;
  for (const auto& [name, value] : config::environment_of_process()) environment.push_back(name + "=" + value);
  return environment;
}

std::optional<core::Error> unusable_configuration(const Common& common) {
  for (auto& problem : config::load_leniently(load_request(common)).problems) {
    if (problem.where == "--set" || (!common.config_file.empty() && problem.where == common.config_file))
      return std::move(problem);
  }
  return std::nullopt;
}

config::Loaded load_settings(Context& context) {
  auto loaded = config::load_leniently(load_request(context.common));
  for (const auto& problem : loaded.problems) context.out.warning(core::describe(problem));
  return loaded;
}

}  // namespace preemptd::cli
