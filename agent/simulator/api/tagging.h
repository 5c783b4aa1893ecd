#pragma once
#include <string>

#include "simulator/api/call.h"
#include "simulator/cloud/storage.h"
#include "simulator/cloud/world.h"

namespace preemptd::simulator {

/// Tag.N.Key and Tag.N.Value of a call, checked: at most 20, keys up to 128 characters, none of the reserved prefixes.
ActionResult<Tags> tags_given(ParameterReader& read);

/// The tags of a resource of TagResources' types (instance, disk, snapshot, image, securitygroup, vpc, vswitch). Null:
/// no such resource.
Tags* tags_of(World& world, const std::string& type, const std::string& id);

}  // namespace preemptd::simulator
