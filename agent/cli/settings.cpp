#include "cli/settings.h"

namespace preemptd::cli {

config::LoadRequest load_request(const Common& common) {
  return {.file = common.config_file_given ? common.config_file : "",
          .sets = common.settings,
          .environment = config::environment_of_process()};
}

config::Loaded load_settings(Context& context) {
  auto loaded = config::load_leniently(load_request(context.common));
  for (const auto& problem : loaded.problems) context.out.warning(core::describe(problem));
  return loaded;
}

}  // namespace preemptd::cli
