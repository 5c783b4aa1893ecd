#include "metadata/platform.h"

#include <fstream>

#include "core/text.h"

namespace preemptd::metadata {

Platform detect_platform(const std::string& product_name_file) {
  std::ifstream file(product_name_file);
  std::string line;
  if (!std::getline(file, line)) return Platform::unknown;
  return core::trim(line) == "Alibaba Cloud ECS" ? Platform::alibaba_cloud : Platform::elsewhere;
}

}  // namespace preemptd::metadata
