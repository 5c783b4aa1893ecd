#pragma once
#include <string>
#include <vector>

#include "ecs/client/fields.h"

/// Starting, stopping, restarting and releasing. All are only accepted by the cloud, not done, when they return; wait.h
/// sees them through. One id makes the single call, more make one batch call for every 100.
namespace preemptd::ecs {

/// Flags that are always sent, because the cloud's own defaults are dangerous or depend on the account.
struct StopOptions {
  bool force = false;          ///< true: the power is cut, unwritten data is lost
  bool stop_charging = false;  ///< true: StopCharging, which gives vCPU, memory and the public address back
};
struct ReleaseOptions {
  bool running_too = false;  ///< Force: also an instance that is not stopped
  bool cut_power = false;    ///< ForceStop, with running_too: without it the system shuts down first
};

/// How one instance of a batch fared.
struct PowerResult {
  std::string id;
  std::string code;  ///< "200", or an error's code
  std::string message;
  std::string status_before;
  std::string status_now;

  bool ok() const { return code == "200" || code.empty(); }
  bool not_found() const;  ///< no such instance
};

void fields(FieldReader& from, PowerResult& result);

/// One result for each id; an instance that is already where it should be, or on its way there, counts as done. A
/// failure is about the call as a whole; in a batch the cloud is asked to do what it can.
Result<std::vector<PowerResult>> start_instances(Client& client, const std::vector<std::string>& ids,
                                                 core::Deadline by);
Result<std::vector<PowerResult>> stop_instances(Client& client, const std::vector<std::string>& ids,
                                                const StopOptions& wish, core::Deadline by);
Result<std::vector<PowerResult>> reboot_instances(Client& client, const std::vector<std::string>& ids, bool force,
                                                  core::Deadline by);

/// Gone for good, with every disk that is deleted with its instance. An id that does not exist is done already; where
/// an answer was lost the instance is looked for before the call is repeated. 100 to a call: a failure may come after
/// earlier hundreds went. A dry run that passes for all of them is the failure that says so.
Result<void> release_instances(Client& client, const std::vector<std::string>& ids, const ReleaseOptions& wish,
                               core::Deadline by);

}  // namespace preemptd::ecs
