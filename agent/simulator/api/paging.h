#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "simulator/api/call.h"

/// Both ways the cloud cuts long lists: by number (PageNumber, PageSize) and by token (MaxResults, NextToken). Include
/// in .cpp files only.
namespace preemptd::simulator {

/// How many items a page may hold. A MaxResults outside is drawn to the nearer end; a PageSize above is
/// InvalidParameter.
struct PageLimits {
  std::int64_t least = 10;
  std::int64_t most = 100;
  std::int64_t otherwise = 10;
};

struct Page {
  std::size_t first = 0;
  std::size_t count = 0;
  core::Json head;  ///< TotalCount, PageNumber, PageSize, NextToken
};

/// The page asked for out of items whose `sequences` fall from newest to oldest. By token a page starts after the last
/// item of the page before, so that nothing is skipped when others disappear in between.
Page page_of(ParameterReader& read, const std::vector<std::uint64_t>& sequences, PageLimits limits);

/// The same over pointers to things that have a `sequence`.
template <typename Thing>
Page page_of(ParameterReader& read, const std::vector<const Thing*>& things, PageLimits limits) {
  std::vector<std::uint64_t> sequences(things.size());
  std::transform(things.begin(), things.end(), sequences.begin(), [](const Thing* thing) { return thing->sequence; });
  return page_of(read, sequences, limits);
}

}  // namespace preemptd::simulator
