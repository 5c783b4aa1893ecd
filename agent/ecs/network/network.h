#pragma once
#include <string>
#include <vector>

#include "ecs/client/fields.h"

/// What instances stand in.
namespace preemptd::ecs {

struct SecurityGroup {
  std::string id;
  std::string name;
  std::string vpc_id;
  std::string type;
  std::string description;
};
void fields(FieldReader& from, SecurityGroup& group);
Result<std::vector<SecurityGroup>> describe_security_groups(Client& client, const std::string& vpc_id,
                                                            core::Deadline by);
/// The group's id. A ClientToken is made.
Result<std::string> create_security_group(Client& client, const std::string& vpc_id, const std::string& name,
                                          core::Deadline by);

/// One thing let in.
struct Permission {
  std::string protocol = "tcp";
  std::string ports = "22/22";  ///< "first/last", "-1/-1" for all
  std::string source_cidr;
  std::string description;
};
void fields(FieldWriter& to, const Permission& permission);
Result<void> authorize_security_group(Client& client, const std::string& group_id,
                                      const std::vector<Permission>& permissions, core::Deadline by);

struct Vpc {
  std::string id;
  std::string name;
  std::string status;  ///< Pending, Available
  std::string cidr;
  bool is_default = false;
};
void fields(FieldReader& from, Vpc& vpc);
/// Empty ids: all of the region. Any number of them, asked 20 to a call.
Result<std::vector<Vpc>> describe_vpcs(Client& client, const std::vector<std::string>& ids, core::Deadline by);
Result<std::string> create_vpc(Client& client, const std::string& cidr, const std::string& name, core::Deadline by);

struct VSwitch {
  std::string id;
  std::string name;
  std::string vpc_id;
  std::string zone_id;
  std::string cidr;
  std::string status;
  std::int64_t free_addresses = 0;
};
void fields(FieldReader& from, VSwitch& vswitch);
Result<std::vector<VSwitch>> describe_vswitches(Client& client, const std::string& vpc_id, core::Deadline by);
/// The VPC must be Available; a busy one is waited for by repeating. A ClientToken is made.
Result<std::string> create_vswitch(Client& client, const std::string& vpc_id, const std::string& zone_id,
                                   const std::string& cidr, const std::string& name, core::Deadline by);

}  // namespace preemptd::ecs
