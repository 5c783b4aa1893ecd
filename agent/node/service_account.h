#pragma once
#include <vector>

#include "config/config.h"
#include "core/result.h"

namespace preemptd::node {

inline constexpr const char* kHowToGiveSecrets =
    "install -o preemptd -g preemptd -m 0400 SOURCE FILE, or a systemd credential (LoadCredential=)";

/// The files of secrets and templates that root can read and the service's user cannot: one error for each, naming it.
/// Empty where this process is not root, or there is no user preemptd. Starts one short process per file, as that user,
/// with a time limit.
std::vector<core::Error> secrets_out_of_reach(const config::Config& config);

}  // namespace preemptd::node
