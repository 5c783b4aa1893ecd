#pragma once
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "ecs/base/failure.h"

namespace preemptd::ecs {

/// The ids in their order, at most `size` to a part: most actions take 50 or 100 at once.
std::vector<std::vector<std::string>> batches(const std::vector<std::string>& ids, std::size_t size);

/// What `ask` finds for the ids, at most `size` of them at once; without any it is asked once, for all there are.
template <typename Item, typename Ask>
Result<std::vector<Item>> in_batches(const std::vector<std::string>& ids, std::size_t size, const Ask& ask) {
  if (ids.size() <= size) return ask(ids);
  std::vector<Item> all;
  for (const auto& some : batches(ids, size)) {
    Result<std::vector<Item>> part = ask(some);
    if (!part) return part;
    std::move(part->begin(), part->end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace preemptd::ecs
