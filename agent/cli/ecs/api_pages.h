#pragma once
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/session/session.h"
#include "core/json.h"
#include "ecs/client/paging.h"

namespace preemptd::cli {

/// The answer of `preemptctl api`, and what it leaves out.
struct ApiAnswer {
  core::Json json;
  std::size_t shown = 0;              ///< items of the list, all pages together
  std::optional<std::int64_t> total;  ///< as the cloud counts them, where it does
  bool more = false;                  ///< further pages exist that were not fetched
};

/// Makes the call; with `all_pages` again for every further page, whichever of the three ways the answer offers
/// (NextToken, PageNumber, NextOffset), with the pages' lists joined into one.
ecs::Result<ApiAnswer> call_for_pages(CloudSession& session, const ecs::Call& call, bool all_pages);

/// Where an answer keeps its list: the longest one at its top or one level below; empty when it has none. Pure.
std::vector<std::string> path_of_list(const core::Json& answer);

}  // namespace preemptd::cli
