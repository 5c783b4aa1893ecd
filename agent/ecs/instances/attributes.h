#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "ecs/client/fields.h"

/// What can be changed about an instance that stays.
namespace preemptd::ecs {

/// Gives the instance a public address (or tells the one it has); it works after the next start.
Result<std::string> allocate_public_ip(Client& client, const std::string& id, core::Deadline by);

/// ModifyInstanceNetworkSpec: the outgoing public bandwidth in Mbit/s, and with `allocate` a public address in the same
/// order. For a subscription this costs money. A ClientToken is made.
Result<void> set_bandwidth(Client& client, const std::string& id, std::int64_t mbit, bool allocate, core::Deadline by);

/// The instant to ask for: the next whole minute, for the cloud drops seconds. bad_input outside 30 minutes to 3 years
/// from now.
core::Result<core::WallTime> auto_release_instant(core::WallTime wanted, core::WallTime now);
/// Sets when a pay-as-you-go or spot instance is released by itself; nothing cancels that.
Result<void> set_auto_release(Client& client, const std::string& id, std::optional<core::WallTime> at,
                              core::Deadline by);

/// RenewInstance: extends a subscription by `period` units ("Month", "Week", "Year"). A ClientToken is made. The
/// order's id.
Result<std::string> renew_instance(Client& client, const std::string& id, std::int64_t period, const std::string& unit,
                                   core::Deadline by);

/// How a subscription renews itself.
struct AutoRenew {
  std::string instance_id;
  bool enabled = false;
  std::int64_t duration = 0;
  std::string period_unit;
  std::string status;  ///< AutoRenewal, Normal, NotRenewal
};
void fields(FieldReader& from, AutoRenew& renew);
/// Any number of ids, asked 100 to a call.
Result<std::vector<AutoRenew>> describe_auto_renew(Client& client, const std::vector<std::string>& ids,
                                                   core::Deadline by);
/// `duration` 1, 2, 3, 6 or 12 months, only with AutoRenewal. Any number of ids, 100 to a call: a failure may come
/// after earlier hundreds were changed.
Result<void> modify_auto_renew(Client& client, const std::vector<std::string>& ids, const std::string& status,
                               std::optional<std::int64_t> duration, core::Deadline by);

/// Switches of the instance's metadata service. A switch left empty stays as it is, but the cloud wants
/// `http_endpoint`.
struct MetadataSwitches {
  std::string instance_id;
  std::string http_endpoint = "enabled";  ///< enabled, disabled: disabled blinds this agent's first source
  std::string http_tokens;                ///< optional, required
};
void fields(FieldWriter& to, const MetadataSwitches& switches);
Result<void> modify_metadata_options(Client& client, const MetadataSwitches& switches, core::Deadline by);

/// Attaches a RAM role to up to 100 instances; needs ram:PassRole.
Result<void> attach_ram_role(Client& client, const std::vector<std::string>& ids, const std::string& role,
                             core::Deadline by);

/// The RAM role attached to an instance; "" where there is none.
Result<std::string> ram_role_of(Client& client, const std::string& id, core::Deadline by);

/// Asks for a system event that did not happen by itself. With `for_real` the platform really carries it out: the
/// instance is stopped or released. `not_before` is UTC text. The events' ids.
struct SimulatedEvent {
  std::vector<std::string> instance_ids;
  std::string type = "Instance:PreemptibleInstanceInterruption";
  std::string not_before;
  bool for_real = false;
};
Result<std::vector<std::string>> create_simulated_events(Client& client, const SimulatedEvent& event,
                                                         core::Deadline by);

}  // namespace preemptd::ecs
