#include "config/load.h"
#include "config/toml_file.h"
#include "fuzz/target.h"

namespace preemptd::fuzz {

void fuzz(std::string_view input) {
  static_cast<void>(config::parse_toml(input, "fuzz.toml"));
  config::LoadRequest request;
  request.file = "/dev/null";
  for (auto rest = input; !rest.empty() && request.sets.size() < 20;) request.sets.emplace_back(take_line(rest));
  const auto loaded = config::load_leniently(request);
  require(loaded.config.metadata.interval.count() > 0, "an interval is above nothing");
  require(loaded.config.drain.window.count() > 0, "so is the window");
  config::show(loaded);
}

}  // namespace preemptd::fuzz
