#include "ecs/network/network.h"

#include "ecs/client/batches.h"
#include "ecs/signing/digest.h"

namespace preemptd::ecs {
namespace {

constexpr std::optional<std::int64_t> kFifty = 50;

Result<std::string> create(Client& client, Call call, const char* member, core::Deadline by) {
  call.parameters["ClientToken"] = random_hex();
  return ask_for_id(client, call, member, by);
}

}  // namespace

void fields(FieldReader& from, SecurityGroup& group) {
  from("SecurityGroupId", group.id)("SecurityGroupName", group.name)("VpcId", group.vpc_id);
  from("SecurityGroupType", group.type)("Description", group.description);
}

Result<std::vector<SecurityGroup>> describe_security_groups(Client& client, const std::string& vpc_id,
                                                            core::Deadline by) {
  auto call = call_of(client, kEcs, "DescribeSecurityGroups", NoRequest{});
  FieldWriter to(call.parameters);
  to("VpcId", vpc_id)("MaxResults", std::optional<std::int64_t>(100));
  return ask_all<SecurityGroup>(client, std::move(call), Paging::token, {"SecurityGroups"}, by);
}

Result<std::string> create_security_group(Client& client, const std::string& vpc_id, const std::string& name,
                                          core::Deadline by) {
  auto call = call_of(client, kEcs, "CreateSecurityGroup", NoRequest{});
  FieldWriter to(call.parameters);
  to("VpcId", vpc_id)("SecurityGroupName", name);
  return create(client, std::move(call), "SecurityGroupId", by);
}

void fields(FieldWriter& to, const Permission& permission) {
  to("IpProtocol", permission.protocol)("PortRange", permission.ports)("SourceCidrIp", permission.source_cidr);
  to("Description", permission.description);
}

Result<void> authorize_security_group(Client& client, const std::string& group_id,
                                      const std::vector<Permission>& permissions, core::Deadline by) {
  auto call = call_of(client, kEcs, "AuthorizeSecurityGroup", NoRequest{});
  FieldWriter to(call.parameters);
  to("SecurityGroupId", group_id)("Permissions", permissions)("ClientToken", random_hex());
  return perform(client, call, by);
}

void fields(FieldReader& from, Vpc& vpc) {
  from("VpcId", vpc.id)("VpcName", vpc.name)("Status", vpc.status)("CidrBlock", vpc.cidr)("IsDefault", vpc.is_default);
}

Result<std::vector<Vpc>> describe_vpcs(Client& client, const std::vector<std::string>& ids, core::Deadline by) {
  return in_batches<Vpc>(ids, 20, [&](const std::vector<std::string>& some) {
    auto call = call_of(client, kVpc, "DescribeVpcs", NoRequest{});
    FieldWriter to(call.parameters);
    to.comma("VpcId", some)("PageSize", kFifty);
    return ask_all<Vpc>(client, std::move(call), Paging::number, {"Vpcs"}, by);
  });
}

Result<std::string> create_vpc(Client& client, const std::string& cidr, const std::string& name, core::Deadline by) {
  auto call = call_of(client, kVpc, "CreateVpc", NoRequest{});
  FieldWriter to(call.parameters);
  to("CidrBlock", cidr)("VpcName", name);
  return create(client, std::move(call), "VpcId", by);
}

void fields(FieldReader& from, VSwitch& vswitch) {
  from("VSwitchId", vswitch.id)("VSwitchName", vswitch.name)("VpcId", vswitch.vpc_id)("ZoneId", vswitch.zone_id);
  from("CidrBlock", vswitch.cidr)("Status", vswitch.status)("AvailableIpAddressCount", vswitch.free_addresses);
}

Result<std::vector<VSwitch>> describe_vswitches(Client& client, const std::string& vpc_id, core::Deadline by) {
  auto call = call_of(client, kVpc, "DescribeVSwitches", NoRequest{});
  FieldWriter to(call.parameters);
  to("VpcId", vpc_id)("PageSize", kFifty);
  return ask_all<VSwitch>(client, std::move(call), Paging::number, {"VSwitches"}, by);
}

Result<std::string> create_vswitch(Client& client, const std::string& vpc_id, const std::string& zone_id,
                                   const std::string& cidr, const std::string& name, core::Deadline by) {
  auto call = call_of(client, kVpc, "CreateVSwitch", NoRequest{});
  FieldWriter to(call.parameters);
  to("VpcId", vpc_id)("ZoneId", zone_id)("CidrBlock", cidr)("VSwitchName", name);
  return create(client, std::move(call), "VSwitchId", by);
}

}  // namespace preemptd::ecs
