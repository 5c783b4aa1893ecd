#include <algorithm>
#include <nlohmann/json.hpp>

#include "simulator/api/calendar.h"
#include "simulator/api/handlers.h"

namespace preemptd::simulator {
namespace {

using core::Json;

constexpr std::size_t kMostIds = 100;

bool allowed_period(std::int64_t period, const std::string& unit) {
  constexpr std::int64_t kMonths[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, 60};
  if (unit == "Week") return period >= 1 && period <= 4;
  if (unit == "Year") return period >= 1 && period <= 5;
  return std::find(std::begin(kMonths), std::end(kMonths), period) != std::end(kMonths);
}

bool allowed_duration(std::int64_t duration, const std::string& unit) {
  constexpr std::int64_t kMonths[] = {1, 2, 3, 6, 12, 24, 36, 48, 60};
  if (unit == "Week") return duration >= 1 && duration <= 4;
  if (unit == "Year") return duration >= 1 && duration <= 5;
  return std::find(std::begin(kMonths), std::end(kMonths), duration) != std::end(kMonths);
}

/// The subscription instances a comma list names.
ActionResult<std::vector<Instance*>> subscriptions(World& world, const std::vector<std::string>& ids) {
  if (ids.size() > kMostIds) {
    return deny(403, "InvalidParameter.ToManyInstanceIds", "No more than 100 InstanceIds may be specified.");
  }
  std::vector<Instance*> out;
  for (const auto& id : ids) {
    Instance* instance = world.fleet.find(id);
    if (instance == nullptr)
      return deny(403, "InvalidParameter.InvalidInstanceId", "The specified InstanceId does not exist.");
    if (!instance->prepaid) return wrong_charge_type();
    out.push_back(instance);
  }
  return out;
}

Json renewal_json(const Instance& instance) {
  const bool on = instance.renewal.status == "AutoRenewal";
  return {{"InstanceId", instance.id},
          {"AutoRenewEnabled", on},
          {"Duration", on ? instance.renewal.duration : 0},
          {"PeriodUnit", instance.renewal.unit},
          {"RenewalStatus", instance.renewal.status},
          {"EnableExpectedRenewDay", false}};
}

/// The next time the day of the month comes after the expiry.
core::WallTime next_day(core::WallTime expires, std::int64_t day) {
  using namespace std::chrono;
  const auto midnight = floor<days>(expires);
  const year_month_day date(midnight);
  const auto wanted = std::chrono::day(static_cast<unsigned>(day));
  auto month = date.year() / date.month();
  if (wanted <= date.day()) month += months(1);
  return sys_days(month / wanted) + (expires - midnight);
}

}  // namespace

ActionResult<Json> renew_instance(World& world, const ActionCall& call) {
  ParameterReader read(call);
  Instance* instance = world.fleet.find(read.text("InstanceId"));
  if (instance == nullptr) return not_found("InstanceId", "InvalidInstanceId.NotFound");
  if (!instance->prepaid) return wrong_charge_type();
  const std::string unit =
      read.word("PeriodUnit", {"Month", "Week", "Year"}, "Month", "InvalidPeriodUnit.ValueNotSupported");
  const auto period = read.integer("Period", 0, INT64_MIN, INT64_MAX);
  const auto day = read.integer("ExpectedRenewDay", 0, 1, 28);
  if (read.error()) return tl::unexpected(*read.error());
  if (period == 0 && day == 0) return missing_parameter("Period");
  if (period != 0 && !allowed_period(period, unit)) return invalid_parameter("Period", "InvalidPeriod");
  instance->expires =
      period != 0 ? later_by(*instance->expires, static_cast<int>(period), unit) : next_day(*instance->expires, day);
  return Json{{"OrderId", world.new_order_id()}};
}

ActionResult<Json> describe_instance_auto_renew_attribute(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto ids = read.comma_list("InstanceId");
  const std::string status =
      read.word("RenewalStatus", {"AutoRenewal", "Normal", "NotRenewal"}, "", "InvalidParameter.RenewalStatus");
  const auto number = read.integer("PageNumber", 1, 1, 1'000'000), size = read.integer("PageSize", 10, 1, 100);
  if (read.error()) return tl::unexpected(*read.error());
  if (!ids && status.empty()) return missing_parameter("InstanceId");
  std::vector<Instance*> matching;
  if (ids) {
    auto named = subscriptions(world, *ids);
    if (!named) return tl::unexpected(named.error());
    matching = std::move(*named);
  } else {
    for (const auto& [sequence, instance] : world.fleet.in_region(read.text("RegionId"))) {
      if (instance->prepaid) matching.push_back(instance);
    }
  }
  if (!status.empty()) std::erase_if(matching, [&](const Instance* i) { return i->renewal.status != status; });
  Json list = Json::array();
  const auto first = static_cast<std::size_t>((number - 1) * size);
  for (std::size_t i = first; i < matching.size() && i < first + static_cast<std::size_t>(size); ++i) {
    list.push_back(renewal_json(*matching[i]));
  }
  return Json{{"InstanceRenewAttributes", {{"InstanceRenewAttribute", list}}},
              {"TotalCount", matching.size()},
              {"PageNumber", number},
              {"PageSize", size}};
}

ActionResult<Json> modify_instance_auto_renew_attribute(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto named = subscriptions(world, *read.comma_list("InstanceId"));
  if (!named) return tl::unexpected(named.error());
  std::string status =
      read.word("RenewalStatus", {"AutoRenewal", "Normal", "NotRenewal"}, "", "InvalidParameter.RenewalStatus");
  const bool old_style = read.flag("AutoRenew");
  const std::string unit = read.word("PeriodUnit", {"Week", "Month", "Year"}, "Month", "InvalidParameter.PeriodUnit");
  const auto duration = read.integer("Duration", 1, INT64_MIN, INT64_MAX);
  if (read.error()) return tl::unexpected(*read.error());
  if (status.empty()) status = old_style ? "AutoRenewal" : "Normal";
  if (status == "AutoRenewal" && !allowed_duration(duration, unit)) {
    return deny(403, "InvalidParameter.Duration", "The specified Duration is not valid.");
  }
  for (Instance* instance : *named) instance->renewal = {status, static_cast<int>(duration), unit};
  return Json::object();
}

}  // namespace preemptd::simulator
