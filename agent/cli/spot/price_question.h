#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/session/session.h"
#include "ecs/spot/price_statistics.h"

/// The price histories of many types and zones, asked for side by side.
namespace preemptd::cli {

struct PricesWanted {
  std::vector<std::string> types;
  std::vector<std::string> zones;  ///< empty: every zone of the region
  std::string os;                  ///< "", linux or windows
  core::WallTime from{};
  core::WallTime until{};
};

struct PricesFound {
  core::WallTime from{};
  core::WallTime until{};
  std::vector<ecs::PriceSeries> series;    ///< in the order of type and zone
  std::vector<std::string> unknown_types;  ///< the cloud does not sell them here
  std::vector<std::string> without_price;  ///< known, and no price in that time
};

/// One call for each type, or for each type and zone where zones are named. A type that is not sold here costs only
/// that type, unless none is.
ecs::Result<PricesFound> ask_prices(CloudSession& session, const PricesWanted& wanted);

/// All points of one query, or bad_reply where the time of one cannot be read: what it says about is not known.
ecs::Result<std::vector<ecs::SpotPrice>> ask_history(ecs::Client& client, const ecs::PriceQuery& query,
                                                     core::Deadline by);

/// A warning for each type without an answer.
void report_gaps(Output& out, const PricesFound& found);

}  // namespace preemptd::cli
