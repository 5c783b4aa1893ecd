#include "ecs/client/batches.h"

#include <algorithm>

namespace preemptd::ecs {

std::vector<std::vector<std::string>> batches(const std::vector<std::string>& ids, std::size_t size) {
  std::vector<std::vector<std::string>> parts;
  for (std::size_t at = 0; at < ids.size(); at += size) {
    parts.emplace_back(ids.begin() + static_cast<std::ptrdiff_t>(at),
                       ids.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, ids.size())));
  }
  return parts;
}

}  // namespace preemptd::ecs
