#include "ecs/spot/outlook.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/utc.h"

namespace preemptd::ecs {
namespace {

constexpr core::Millis kDay = std::chrono::hours(24);
constexpr core::Millis kRecent = std::chrono::hours(6);

std::string figure(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string percent_text(double share) {
  return figure(share * 100, share < 0.1 ? 1 : 0) + "%";
}

std::string length_text(core::Millis time) {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(time).count();
  return minutes >= 60 && minutes % 60 == 0 ? std::to_string(minutes / 60) + " h" : std::to_string(minutes) + " min";
}

core::Millis held(const PriceSeries& series, std::size_t index, core::WallTime until) {
  const auto end = index + 1 < series.steps.size() ? std::min(series.steps[index + 1].at, until) : until;
  return std::max(core::Millis{0}, std::chrono::duration_cast<core::Millis>(end - series.steps[index].at));
}

/// What the price will be if it goes on rising as it did in the last hours; never below the price now. Of a series with
/// a step.
double price_in(const PriceSeries& series, core::Millis time, core::WallTime now) {
  const PriceStep* before = &series.steps.front();
  for (const auto& step : series.steps) {
    if (step.at <= now - kRecent) before = &step;
  }
  const auto passed =
      std::min<std::chrono::milliseconds>(kRecent, std::chrono::duration_cast<core::Millis>(now - before->at));
  const double price = series.steps.back().price, rise = price - before->price;
  if (passed.count() <= 0 || rise <= 0) return price;
  return price + rise * static_cast<double>(time.count()) / static_cast<double>(passed.count());
}

class Judge {
 public:
  Judge(const InstanceProspects& prospects, core::Millis needs, double most_risk)
      : facts_(prospects), needs_(needs), done_(prospects.now + needs), most_risk_(most_risk) {}

  Outlook judge() {
    notice();
    end_by("auto-release", facts_.auto_release, "released by itself");
    end_by("expiry", facts_.expires, "its subscription ends");
    if (facts_.preemptible) {
      const auto exposed = exposure_of(facts_, needs_);
      protection(exposed);
      if (exposed.count() > 0) {
        price(exposed);
        release_rate(exposed);
        risk();
      }
    }
    return std::move(outlook_);
  }

 private:
  void add(const char* name, bool holds, std::string detail) {
    outlook_.worth_starting = outlook_.worth_starting && holds;
    outlook_.checks.push_back({name, holds, std::move(detail)});
  }

  void notice() {
    if (facts_.taken_back_at) {
      add("notice", false, "taken back at " + core::format_utc(*facts_.taken_back_at));
    } else if (facts_.recycling) {
      add("notice", false, "locked to be taken back (Recycling)");
    } else {
      add("notice", true, "nobody takes it back now");
    }
    if (!outlook_.worth_starting) outlook_.risk = 1;
  }

  void end_by(const char* name, const std::optional<core::WallTime>& at, const std::string& what) {
    if (!at) return;
    const bool in_time = *at >= done_;
    if (!in_time) outlook_.risk = 1;
    add(name, in_time, what + " at " + core::format_utc(*at));
  }

  void protection(core::Millis exposed) {
    if (exposed.count() <= 0) {
      add("protection", true, "protected until " + core::format_utc(*facts_.protected_until));
    } else if (facts_.protected_until && *facts_.protected_until > facts_.now) {
      add("protection", true,
          "protected until " + core::format_utc(*facts_.protected_until) + ", not for the last " +
              length_text(exposed));
    } else {
      add("protection", true, "not protected");
    }
  }

  void price(core::Millis exposed) {
    if (!facts_.price_limit) return add("price", true, "no limit: it follows the market");
    const double limit = *facts_.price_limit;
    if (!facts_.prices || facts_.prices->steps.empty()) return add("price", false, "no price is known");
    const double now = facts_.prices->steps.back().price, later = price_in(*facts_.prices, needs_, facts_.now);
    const auto against = " against a limit of " + figure(limit, 4);
    if (now > limit) {
      chance_kept_ = 0;
      return add("price", false, figure(now, 4) + " now" + against);
    }
    const double exceeded = share_of_starts_exceeding(*facts_.prices, facts_.now, limit, exposed).value_or(0);
    chance_kept_ *= 1 - exceeded;
    if (later > limit) return add("price", false, figure(now, 4) + " now, rising to " + figure(later, 4) + against);
    add("price", true,
        figure(now, 4) + " now" + against + "; it went above within " + length_text(exposed) + " from " +
            percent_text(exceeded) + " of all moments of " +
            std::to_string(
                std::chrono::round<std::chrono::hours>(facts_.now - facts_.prices->steps.front().at).count()) +
            " h");
  }

  void release_rate(core::Millis exposed) {
    const double chance = chance_within(facts_.release_rate.value_or(100), exposed);
    chance_kept_ *= 1 - chance;
    add("release rate", true,
        facts_.release_rate
            ? figure(*facts_.release_rate, 1) + "% a day: " + percent_text(chance) + " in " + length_text(exposed)
            : "not known, so it counts as certain");
  }

  void risk() {
    outlook_.risk = std::max(outlook_.risk, 1 - chance_kept_);
    add("risk", outlook_.risk <= most_risk_,
        percent_text(outlook_.risk) + ", at most " + percent_text(most_risk_) + " is accepted");
  }

  const InstanceProspects& facts_;
  const core::Millis needs_;
  const core::WallTime done_;
  const double most_risk_;
  double chance_kept_ = 1;
  Outlook outlook_;
};

}  // namespace

double chance_within(double release_rate_percent, core::Millis time) {
  const double kept_a_day = 1 - std::clamp(release_rate_percent / 100, 0.0, 1.0);
  if (time.count() <= 0) return 0;
  return 1 - std::pow(kept_a_day, static_cast<double>(time.count()) / static_cast<double>(kDay.count()));
}

std::optional<double> share_of_starts_exceeding(const PriceSeries& series, core::WallTime until, double limit,
                                                core::Millis window) {
  core::Millis good{0}, known{0}, failing{0};
  for (std::size_t i = 0; i < series.steps.size(); ++i) {
    if (series.steps[i].price <= limit) {
      good += held(series, i, until);
      continue;
    }
    known += good;
    failing += std::min(good, window);
    good = core::Millis{0};
  }
  known += std::max(core::Millis{0}, good - window);
  if (known.count() <= 0) return std::nullopt;
  return static_cast<double>(failing.count()) / static_cast<double>(known.count());
}

core::Millis exposure_of(const InstanceProspects& prospects, core::Millis needs) {
  if (!prospects.preemptible) return core::Millis{0};
  const auto begin = std::max(prospects.now, prospects.protected_until.value_or(prospects.now));
  const auto left = std::chrono::duration_cast<core::Millis>(prospects.now + needs - begin);
  return std::max(core::Millis{0}, left);
}

Outlook outlook_of(const InstanceProspects& prospects, core::Millis needs, double most_risk) {
  return Judge(prospects, needs, most_risk).judge();
}

}  // namespace preemptd::ecs
