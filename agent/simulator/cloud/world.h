#pragma once
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>

#include "simulator/cloud/assistant.h"
#include "simulator/cloud/fault.h"
#include "simulator/cloud/fleet.h"
#include "simulator/cloud/keyring.h"
#include "simulator/cloud/network.h"
#include "simulator/cloud/storage.h"

namespace preemptd::simulator {

/// What the command line fixes for the life of the simulator.
struct Setup {
  std::string region = "cn-hangzhou";
  std::string instance_id = "i-bp1simulated0000own";
  bool hardened = false;
  core::Millis transition{1000};
  core::Seconds credential_lifetime{6 * 3600};
};

/// So many calls of one action in so long; one more is throttled until the window ends.
struct Quota {
  int calls = 0;
  core::Millis window{60'000};
};

/// What the admin interface can turn while it runs; a reset puts them back.
struct Settings {
  bool token_endpoint = true;           ///< false: as a metadata service from before tokens
  std::set<std::string> denied;         ///< actions the caller has no permission for
  std::map<std::string, Quota> quotas;  ///< by action
  std::map<std::string, int> stock;     ///< how many more of an instance type can be had; others: as many as one likes
  core::Seconds credential_lifetime{6 * 3600};
};

inline constexpr std::string_view kAccountId = "1000000000000001";
inline constexpr std::string_view kOwnRole = "preemptd-simulated-role";
inline constexpr std::string_view kOwnMac = "00:16:3e:0a:0b:01";

/// The whole simulated cloud. Belongs to one thread.
class World {
 public:
  World(Setup setup, core::WallTime now);

  Setup setup;
  Settings knobs;
  Keyring keys;
  FaultRegistry faults;
  Storage storage;
  Network network;
  Registry<Command> commands;
  Registry<Invocation> invocations;
  Registry<SystemEvent> events;
  Fleet fleet;

  /// Everything due by `now` has happened.
  void advance(core::WallTime now);
  /// Back to the state after the start: one running spot instance, no fault, no notice. Keys and the credentials
  /// already handed out stay valid.
  void reset(core::WallTime now);

  /// The instance the metadata service speaks for; once it is gone, as it was in its last moment.
  const Instance& own() const;

  /// The vSwitch for who names none: the default one of the zone (or of the region's first zone). Made when first asked
  /// for.
  VSwitch& default_vswitch(const std::string& region, const std::string& zone, core::WallTime now);
  SecurityGroup& default_group(const std::string& vpc, core::WallTime now);

  /// "i-bp1" and the like, then enough to be unique.
  std::string new_id(std::string_view prefix);
  std::string new_request_id();
  std::string new_order_id();
  std::string random_hex(std::size_t length);

 private:
  FleetEvents fleet_events();
  void place_default_network(const std::string& region, core::WallTime now);
  void place_own_instance(core::WallTime now);

  std::mt19937_64 random_;
  Instance remains_;
};

}  // namespace preemptd::simulator
