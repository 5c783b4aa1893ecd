#pragma once
#include <span>
#include <string_view>

#include "core/json.h"
#include "simulator/api/api_error.h"
#include "simulator/api/call.h"
#include "simulator/cloud/world.h"

namespace preemptd::simulator {

using ActionHandler = ActionResult<core::Json> (*)(World&, const ActionCall&);

enum class Trait : unsigned { none = 0, client_token = 1, anonymous = 2 };
constexpr bool operator&(Trait a, Trait b) {
  return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

/// One action of the cloud. The table of these is all there is.
struct Action {
  std::string_view name;
  std::string_view versions;  ///< "2014-05-26", several with blanks between
  ActionHandler handler;
  std::string_view required = "";  ///< parameters without which it is MissingParameter, in the order they are asked for
  Trait traits = Trait::none;
};

std::span<const Action> all_actions();

/// Null: the product of that version has no such action.
const Action* find_action(std::string_view name, std::string_view version);

/// "ecs" for 2014-05-26 and so on; empty for an unknown version.
std::string_view product_of(std::string_view version);

inline constexpr std::string_view kEcs = "2014-05-26";
inline constexpr std::string_view kVpc = "2016-04-28";
inline constexpr std::string_view kSts = "2015-04-01";
inline constexpr std::string_view kCms = "2019-01-01";

}  // namespace preemptd::simulator
