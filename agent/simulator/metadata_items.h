#pragma once
#include <map>
#include <string>

#include "simulator/cloud_clock.h"
#include "simulator/instance.h"

namespace preemptd::simulator {

/// All items that exist at this moment, by path below /<version>/ ("meta-data/instance-id"). What is absent answers 404.
/// The credentials themselves (ram/security-credentials/<role>) are here with an empty value: they are made on demand.
std::map<std::string, std::string> metadata_items(const Instance& instance, Moment moment);

}  // namespace preemptd::simulator
