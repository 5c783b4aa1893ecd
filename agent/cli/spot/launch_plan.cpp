#include "cli/spot/launch_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/terminal/numbers.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;
using core::Json;
using core::Result;

Json to_json(const Attempt& attempt) {
  return {{"place", attempt.place},
          {"asked", attempt.asked},
          {"answered", attempt.answered},
          {"instance_ids", attempt.instance_ids},
          {"refusal", attempt.refusal}};
}

std::optional<Attempt> attempt_in(const Json& json, std::size_t places) {
  Attempt attempt;
  const auto place = core::integer_at(json, "place"), asked = core::integer_at(json, "asked");
  const auto& ids = core::member_at(json, "instance_ids");
  const auto& answered = core::member_at(json, "answered");
  if (!place || *place < 0 || static_cast<std::size_t>(*place) >= places || !asked || *asked < 1 ||
      !answered.is_boolean() || !ids.is_array())
    return std::nullopt;
  attempt.place = static_cast<std::size_t>(*place);
  attempt.asked = *asked;
  attempt.answered = answered.get<bool>();
  attempt.refusal = core::string_at(json, "refusal").value_or("");
  for (const auto& id : ids) {
    if (!id.is_string()) return std::nullopt;
    attempt.instance_ids.push_back(id.get<std::string>());
  }
  return attempt;
}

}  // namespace

Result<Place> parse_place(std::string_view word) {
  const auto at = word.find('@');
  const std::string type(word.substr(0, at));
  const std::string where(at == word.npos ? "" : word.substr(at + 1));
  if (!type.starts_with("ecs.") || (at != word.npos && where.empty()))
    return core::fail(ErrorCode::bad_input,
                      "--try wants TYPE, TYPE@ZONE or TYPE@VSWITCH, such as ecs.g7.large@cn-hangzhou-i, not \"" +
                          core::printable(word, 80) + "\"");
  return where.starts_with("vsw-") ? Place{type, "", where} : Place{type, where, ""};
}

std::vector<std::string> SpotLaunch::instance_ids() const {
  std::vector<std::string> all;
  for (const auto& attempt : attempts) all.insert(all.end(), attempt.instance_ids.begin(), attempt.instance_ids.end());
  return all;
}

std::optional<std::size_t> next_attempt(SpotLaunch& launch) {
  if (!launch.attempts.empty() && !launch.attempts.back().answered) return launch.attempts.size() - 1;
  const std::size_t place = launch.attempts.empty() ? 0 : launch.attempts.back().place + 1;
  const auto missing = launch.quantity - launch.made();
  if (missing <= 0 || place >= launch.places.size()) return std::nullopt;
  launch.attempts.push_back({place, missing, false, {}, ""});
  return launch.attempts.size() - 1;
}

std::string token_of(const SpotLaunch& launch, std::size_t attempt) {
  constexpr std::size_t kLongest = 64;
  const auto number = "." + std::to_string(attempt + 1);
  return launch.token.substr(0, kLongest - number.size()) + number;
}

std::string launch_token(const std::string& given) {
  const auto dot = given.rfind('.');
  const bool numbered = dot != given.npos && dot > 0 && dot + 1 < given.size() &&
                        given.find_first_not_of("0123456789", dot + 1) == given.npos;
  return numbered ? given.substr(0, dot) : given;
}

bool may_be_had_elsewhere(const ecs::ServerError& error) {
  static constexpr std::array kOfThePlace{"OperationDenied.NoStock",
                                          "Zone.NotOnSale",
                                          "Zone.NotOpen",
                                          "InvalidInstanceType.ZoneNotSupported",
                                          "InvalidInstanceType.NotSupported",
                                          "InvalidInstanceType.ValueNotSupported",
                                          "ResourceNotAvailable",
                                          "InvalidResourceType.NotSupported",
                                          "InstanceType.Offline",
                                          "InvalidVSwitchId.IpInvalid",
                                          "QuotaExceeded.PrivateIpAddress",
                                          "InvalidSpotPriceLimit.LowerThanPublicPrice",
                                          "QuotaExceed.ElasticQuota"};
  return std::any_of(kOfThePlace.begin(), kOfThePlace.end(), [&](const char* code) { return error.is(code); });
}

Result<double> limit_within(double budget, std::optional<double> limit, std::int64_t quantity) {
  // The API takes three decimals.
  const double each = std::floor(budget / static_cast<double>(quantity) * 1000 + 1e-6) / 1000;
  if (!limit && each > 0) return each;
  if (limit && *limit <= each + 1e-9) return *limit;
  return core::fail(ErrorCode::bad_input, "--budget " + decimal(budget, 3) + " an hour is " + decimal(each, 3) +
                                              " for each of " + std::to_string(quantity) +
                                              (limit ? ", less than --price-limit" : ""));
}

Json to_json(const SpotLaunch& launch) {
  Json attempts = Json::array();
  for (const auto& attempt : launch.attempts) attempts.push_back(to_json(attempt));
  return {{"version", 1},
          {"token", launch.token},
          {"places", launch.places},
          {"quantity", launch.quantity},
          {"attempts", std::move(attempts)}};
}

Result<SpotLaunch> spot_launch_in(std::string_view text) {
  const auto wrong = [] { return core::fail(ErrorCode::bad_input, "is not a launch that was remembered"); };
  const auto json = core::parse_json(text);
  if (!json || core::integer_at(*json, "version") != 1) return wrong();
  SpotLaunch launch;
  launch.token = core::string_at(*json, "token").value_or("");
  launch.quantity = core::integer_at(*json, "quantity").value_or(0);
  const auto& places = core::member_at(*json, "places");
  const auto& attempts = core::member_at(*json, "attempts");
  if (launch.token.empty() || launch.quantity < 1 || !places.is_array() || !attempts.is_array()) return wrong();
  for (const auto& place : places) {
    if (!place.is_string()) return wrong();
    launch.places.push_back(place.get<std::string>());
  }
  for (const auto& each : attempts) {
    auto attempt = attempt_in(each, launch.places.size());
    if (!attempt) return wrong();
    launch.attempts.push_back(std::move(*attempt));
  }
  return launch;
}

}  // namespace preemptd::cli
