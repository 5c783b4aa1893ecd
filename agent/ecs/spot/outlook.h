#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "ecs/spot/price_statistics.h"

/// Pure: whether an instance will probably be there long enough for a piece of work.
namespace preemptd::ecs {

/// What is known about the time an instance has left. Nothing in an optional: that end does not come, or that danger
/// does not exist; whoever could not find out must not ask outlook_of().
struct InstanceProspects {
  core::WallTime now{};
  std::optional<core::WallTime> taken_back_at;  ///< the notice's time
  bool recycling = false;                       ///< locked to be taken back, perhaps without a known time
  std::optional<core::WallTime> auto_release;
  std::optional<core::WallTime> expires;          ///< of a subscription
  bool preemptible = true;                        ///< false: none of what follows holds
  std::optional<core::WallTime> protected_until;  ///< the cloud does not take it back before
  std::optional<double> price_limit;              ///< nothing: it follows the market
  std::optional<PriceSeries> prices;              ///< of its type and zone; wanted where there is a limit
  std::optional<double> release_rate;             ///< percent taken back, read as a chance per day; see chance_within()
};

/// The API says a release rate of the last 30 days and not of which time one is meant: it is read as the chance to be
/// taken back within a day.
double chance_within(double release_rate_percent, core::Millis time);

/// Of all moments up to `until` at which the price was within `limit`, the share after which it exceeded it within
/// `window`. Nothing: no such moment whose window is known to the end.
std::optional<double> share_of_starts_exceeding(const PriceSeries& series, core::WallTime until, double limit,
                                                core::Millis window);

struct OutlookCheck {
  std::string name;    ///< "protection"
  bool holds = true;   ///< false: this alone says no
  std::string detail;  ///< a sentence without full stop
};

struct Outlook {
  bool worth_starting = true;
  double risk = 0;  ///< chance to lose the instance before the work is done, 0 to 1
  std::vector<OutlookCheck> checks;
};

/// How long the instance can be taken back for its price or for stock while work that begins now goes on.
core::Millis exposure_of(const InstanceProspects& prospects, core::Millis needs);

/// Yes, unless a known end comes within `needs`, the price is or will be above the limit, or the risk is above
/// `most_risk`.
Outlook outlook_of(const InstanceProspects& prospects, core::Millis needs, double most_risk);

}  // namespace preemptd::ecs
