#pragma once
#include <string>
#include <vector>

#include "cli/session/session.h"

/// The guard of everything that ends or changes instances: the node a command runs on is meant only when that was said
/// twice.
namespace preemptd::cli {

/// The options of a verb that the guard stands before.
struct Consent {
  bool yes = false;
  bool yes_this_node = false;
};
void declare_consent(Arguments& arguments, Consent& consent);

/// True: none of `ids` is this node, or both options were given, or nothing is changed (--dry-run, --show-request).
/// Otherwise false after the refusal was said: `what` completes "to … it all the same". Where this machine is an
/// instance and nobody can say which, it may be any of them.
bool spares_own_node(CloudSession& session, const std::vector<std::string>& ids, const std::string& what,
                     const Consent& consent);

}  // namespace preemptd::cli
