#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/result.h"
#include "ecs/base/failure.h"

/// Pure: a launch that tries places in order until there are enough instances, and what it has to remember so that
/// nobody launches twice, whatever dies in between.
namespace preemptd::cli {

struct Place {
  std::string instance_type;
  std::string zone_id;     ///< "": the cloud's choice
  std::string vswitch_id;  ///< decides the zone
};
/// "ecs.g7.large", "ecs.g7.large@cn-hangzhou-i" or "ecs.g7.large@vsw-…".
core::Result<Place> parse_place(std::string_view word);

/// One RunInstances. Its number decides its ClientToken, so it is the same request however often it is sent.
struct Attempt {
  std::size_t place = 0;  ///< index into SpotLaunch::places
  std::int64_t asked = 0;
  bool answered = false;
  std::vector<std::string> instance_ids;
  std::string refusal;  ///< the API's error code; "" where it was accepted
};

struct SpotLaunch {
  std::string token;
  std::vector<std::string> places;  ///< as given, in order
  std::int64_t quantity = 1;
  std::vector<Attempt> attempts;

  std::vector<std::string> instance_ids() const;
  std::int64_t made() const { return static_cast<std::int64_t>(instance_ids().size()); }
};

/// The number of the attempt to send now: the last one where it has no answer, otherwise a new one for what is missing
/// at the next place. Nothing: there are enough, or no place is left.
std::optional<std::size_t> next_attempt(SpotLaunch& launch);

/// At most 64 characters, as the API wants it.
std::string token_of(const SpotLaunch& launch, std::size_t attempt);
/// The launch's token in one of its attempts' ("abc.2" -> "abc").
std::string launch_token(const std::string& given);

/// Another place may have what this one has not, or for less.
bool may_be_had_elsewhere(const ecs::ServerError& error);

/// What each instance may cost an hour at most, so that all together stay within the budget whatever the market does.
/// bad_input: the limit given is too much for the budget.
core::Result<double> limit_within(double budget, std::optional<double> limit, std::int64_t quantity);

core::Json to_json(const SpotLaunch& launch);
/// bad_input: not what to_json() made.
core::Result<SpotLaunch> spot_launch_in(std::string_view text);

}  // namespace preemptd::cli
