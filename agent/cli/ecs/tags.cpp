#include "cli/ecs/tags.h"

namespace preemptd::cli {

std::vector<ecs::Tag> tags_in(const std::vector<std::string>& words) {
  std::vector<ecs::Tag> tags;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    tags.push_back({word.substr(0, equals), equals == std::string::npos ? "" : word.substr(equals + 1)});
  }
  return tags;
}

}  // namespace preemptd::cli
