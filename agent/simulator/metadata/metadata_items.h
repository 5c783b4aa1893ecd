#pragma once
#include <map>
#include <string>

#include "simulator/cloud/cloud_clock.h"
#include "simulator/cloud/world.h"

namespace preemptd::simulator {

/// All items of the own instance that exist at this moment, by path below /<version>/ ("meta-data/instance-id"). What
/// is absent answers 404. The credentials themselves (ram/security-credentials/<role>) are here with an empty value:
/// they are made on demand.
std::map<std::string, std::string> metadata_items(const World& world, Moment moment);

}  // namespace preemptd::simulator
