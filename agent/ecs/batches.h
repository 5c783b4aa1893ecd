#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace preemptd::ecs {

/// The ids in their order, at most `size` to a part: most actions take 50 or 100 at once.
std::vector<std::vector<std::string>> batches(const std::vector<std::string>& ids, std::size_t size);

}  // namespace preemptd::ecs
