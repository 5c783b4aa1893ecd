#pragma once
#include <string>

#include "cli/session/session.h"
#include "ecs/instances/launch.h"

namespace preemptd::cli {

/// Fills what `launch` leaves open with what an instance has: image, type, zone, vSwitch, security groups, key pair,
/// RAM role, system disk, price limit, what a reclaim does, and tags (the cloud's own left out). `id` "self": the
/// instance this program runs on. Not copied: user data, data disks, addresses. bad_input: no such instance.
ecs::Result<void> make_like(CloudSession& session, const std::string& id, ecs::Launch& launch);

}  // namespace preemptd::cli
