#pragma once
#include <string>
#include <vector>

#include "core/clock.h"
#include "ecs/client/fields.h"

namespace preemptd::ecs {

/// One point of a type's price in one zone, per hour.
struct SpotPrice {
  std::string instance_type;
  std::string zone_id;
  std::string at;  ///< UTC text
  double price = 0;
  double on_demand = 0;  ///< 0: not said
  std::string currency;  ///< of both; the answer says it once
};
void fields(FieldReader& from, SpotPrice& price);

struct PriceQuery {
  std::string instance_type;
  std::string zone_id;  ///< "": every zone
  std::string network = "vpc";
  std::string os;     ///< linux, windows
  std::string from;   ///< UTC text; "" = three hours before the end
  std::string until;  ///< "" = now; the span is at most 30 days
  std::optional<std::int64_t> duration;
};
void fields(FieldWriter& to, const PriceQuery& query);

/// Every point, all pages of it.
Result<std::vector<SpotPrice>> describe_spot_price_history(Client& client, const PriceQuery& query, core::Deadline by);

/// How often a type was taken back in a zone over the last 30 days.
struct SpotAdvice {
  std::string zone_id;
  std::string instance_type;
  double interruption_rate = 0;
  std::string interruption_text;  ///< "0-3%"
  double average_discount = 0;    ///< percent of the on-demand price
};
struct AdviceQuery {
  std::string zone_id;
  std::vector<std::string> instance_types;  ///< at most 10
  std::optional<std::int64_t> cores;
  std::optional<double> memory_gib;
};
void fields(FieldWriter& to, const AdviceQuery& query);
/// Least interrupted first, then cheapest.
Result<std::vector<SpotAdvice>> describe_spot_advice(Client& client, const AdviceQuery& query, core::Deadline by);

}  // namespace preemptd::ecs
