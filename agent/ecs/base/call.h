#pragma once
#include <string>
#include <string_view>

#include "ecs/base/parameters.h"

namespace preemptd::ecs {

/// One of the cloud's APIs.
struct Product {
  std::string_view name;     ///< as people and RAM write it: "ecs"
  std::string_view version;  ///< "2014-05-26"
};

inline constexpr Product kEcs{"ecs", "2014-05-26"};
inline constexpr Product kVpc{"vpc", "2016-04-28"};
inline constexpr Product kSts{"sts", "2015-04-01"};
inline constexpr Product kCloudMonitor{"metrics", "2019-01-01"};

/// An action and its business parameters; what signatures and versions add is not among them.
struct Call {
  Product product = kEcs;
  std::string action;
  Parameters parameters;
  bool harmless_to_repeat = false;  ///< a write that may be sent twice, such as the deletion of something by its id
};

/// "ecs:DescribeInstances", the action as RAM names it.
std::string ram_action(const Call& call);

/// What may be done when nobody knows whether a request took effect.
enum class Repeatability {
  read,              ///< changes nothing: repeat
  write_with_token,  ///< carries a ClientToken, or is harmless to repeat: sending it unchanged again is safe
  write,             ///< find out what happened before asking again
};
Repeatability repeatability_of(const Call& call);

}  // namespace preemptd::ecs
