#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ecs/client/client.h"

namespace preemptd::ecs {

/// The status of each instance waited for; "" for one the cloud does not (yet, or any more) know.
using Statuses = std::map<std::string, std::string>;

/// All of them are there.
struct Reached {
  Statuses now;
};
/// Time ran out, or the waiter was stopped, first. What was begun goes on.
struct RanOut {
  Statuses now;                    ///< as last seen; empty when no look succeeded
  std::optional<Failure> trouble;  ///< why the last look failed, where it did
};
/// These are gone, having been seen before: a lack of stock after an accepted launch, or somebody released them.
struct Vanished {
  std::vector<std::string> ids;
  Statuses now;
};
using WaitOutcome = std::variant<Reached, RanOut, Vanished>;

/// Called after every look.
using Progress = std::function<void(const Statuses& now)>;

/// Waits until all `ids` have `status`; "" waits until they are gone. Looks at once, then after 1 s growing to 5 s,
/// carried out by the client's waiter; ends by `by`. Ids not seen yet may stay missing, for they take some seconds to
/// appear, and a refusal of unknown ids counts as missing for the first minute and once one was seen; one that was seen
/// is gone when two looks running miss it. A look that fails in passing is repeated; a failure that cannot pass is the
/// outcome.
Result<WaitOutcome> wait_for_status(Client& client, const std::vector<std::string>& ids, const std::string& status,
                                    core::Deadline by, const Progress& progress);

}  // namespace preemptd::ecs
