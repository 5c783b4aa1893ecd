#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/utc.h"
#include "simulator/actions/instance_filter.h"
#include "simulator/actions/instance_json.h"
#include "simulator/api/handlers.h"
#include "simulator/api/paging.h"
#include "simulator/api/tagging.h"
#include "simulator/cloud/lists.h"

namespace preemptd::simulator {
namespace {

using core::Json;

int members_of(const World& world, const SecurityGroup& group) {
  const auto& instances = world.fleet.in_region(group.region);
  return static_cast<int>(std::count_if(instances.begin(), instances.end(), [&](const auto& entry) {
    return contains(entry.second->security_groups, group.id);
  }));
}

Json group_json(const World& world, const SecurityGroup& group, Moment moment) {
  constexpr int kCapacity = 2000;
  const int members = members_of(world, group);
  return {{"SecurityGroupId", group.id},
          {"SecurityGroupName", group.name},
          {"SecurityGroupType", group.type},
          {"Description", group.description},
          {"VpcId", group.vpc},
          {"EcsCount", members},
          {"AvailableInstanceAmount", std::max(0, kCapacity - members)},
          {"RuleCount", group.rules.size()},
          {"ResourceGroupId", group.resource_group},
          {"ServiceManaged", false},
          {"CreationTime", core::format_utc(moment.shown(group.created))},
          {"Tags", tags_json(group.tags)}};
}

Json rule_json(const Rule& rule, Moment moment) {
  return {{"SecurityGroupRuleId", rule.id},
          {"Direction", "ingress"},
          {"IpProtocol", rule.protocol},
          {"PortRange", rule.ports},
          {"SourceCidrIp", rule.source_cidr},
          {"SourceGroupId", rule.source_group},
          {"SourcePortRange", ""},
          {"DestCidrIp", ""},
          {"DestGroupId", ""},
          {"Policy", rule.policy},
          {"Priority", rule.priority},
          {"NicType", rule.nic},
          {"Description", rule.description},
          {"CreateTime", core::format_utc(moment.shown(rule.created))}};
}

/// "22/22" with 1 <= first <= last <= 65535, or "-1/-1" for all.
bool valid_ports(const std::string& text) {
  int first = 0, last = 0, end = 0;
  if (std::sscanf(text.c_str(), "%6d/%6d%n", &first, &last, &end) != 2 || text.size() != static_cast<std::size_t>(end))
    return false;
  return (first == -1 && last == -1) || (first >= 1 && first <= last && last <= 65535);
}

/// One rule from `prefix` ("Permissions.1." or, in the old form, nothing).
ActionResult<Rule> rule_given(World& world, ParameterReader& read, const std::string& prefix) {
  Rule rule;
  rule.protocol = core::to_lower(read.required(prefix + "IpProtocol"));
  rule.ports = read.text(prefix + "PortRange", rule.protocol == "all" || rule.protocol == "icmp" ? "-1/-1" : "");
  rule.source_cidr = read.text(prefix + "SourceCidrIp");
  rule.source_group = read.text(prefix + "SourceGroupId");
  rule.policy = read.word(prefix + "Policy", {"Accept", "Drop"}, "Accept", "InvalidPolicy.Malformed");
  rule.priority = std::to_string(read.integer(prefix + "Priority", 1, 1, 100));
  rule.nic = read.text(prefix + "NicType", "intranet");
  rule.description = read.text(prefix + "Description");
  if (read.error()) return tl::unexpected(*read.error());
  if (!contains({"tcp", "udp", "icmp", "icmpv6", "gre", "all"}, rule.protocol))
    return invalid_parameter("IpProtocol", "InvalidIpProtocol.Malformed");
  if (!valid_ports(rule.ports)) return invalid_parameter("PortRange", "InvalidPortRange.Malformed");
  if (rule.source_cidr.empty() && rule.source_group.empty() && !read.has(prefix + "Ipv6SourceCidrIp"))
    return missing_parameter("SourceCidrIp");
  const std::string block =
      rule.source_cidr.find('/') == std::string::npos ? rule.source_cidr + "/32" : rule.source_cidr;
  if (!rule.source_cidr.empty() && !parse_cidr(block))
    return invalid_parameter("SourceCidrIp", "InvalidSourceCidrIp.Malformed");
  if (!rule.source_group.empty() && world.network.groups.find(rule.source_group) == nullptr) {
    return not_found("SourceGroupId", "InvalidSourceGroupId.NotFound");
  }
  return rule;
}

/// Permissions.N, or the one rule of the old form.
ActionResult<std::vector<Rule>> rules_given(World& world, ParameterReader& read) {
  std::vector<std::string> prefixes;
  for (const int index : read.indices("Permissions")) prefixes.push_back("Permissions." + std::to_string(index) + ".");
  if (prefixes.empty()) prefixes.emplace_back();
  std::vector<Rule> rules;
  for (const auto& prefix : prefixes) {
    auto rule = rule_given(world, read, prefix);
    if (!rule) return tl::unexpected(rule.error());
    rules.push_back(std::move(*rule));
  }
  return rules;
}

}  // namespace

ActionResult<Json> create_security_group(World& world, const ActionCall& call) {
  ParameterReader read(call);
  SecurityGroup group;
  group.vpc = read.text("VpcId");
  group.region = read.text("RegionId");
  group.type = read.word("SecurityGroupType", {"normal", "enterprise"}, "normal", "InvalidSecurityGroupType.Malformed");
  auto tags = tags_given(read);
  if (!tags) return tl::unexpected(tags.error());
  if (read.error()) return tl::unexpected(*read.error());
  if (group.vpc.empty()) group.vpc = world.default_vswitch(group.region, "", call.moment.now).vpc;
  const Vpc* vpc = world.network.vpcs.find(group.vpc);
  if (vpc == nullptr || vpc->region != group.region) return not_found("VpcId", "InvalidVpcId.NotFound");
  if (vpc->status(call.moment.now) != "Available") {
    return deny(400, "IncorrectVpcStatus", "Current VPC status does not support this operation.");
  }
  group.id = world.new_id("sg");
  group.name = read.text("SecurityGroupName");
  group.description = read.text("Description");
  group.resource_group = read.text("ResourceGroupId");
  group.created = call.moment.now;
  group.tags = std::move(*tags);
  return Json{{"SecurityGroupId", world.network.groups.add(std::move(group)).id}};
}

ActionResult<Json> authorize_security_group(World& world, const ActionCall& call) {
  ParameterReader read(call);
  SecurityGroup* group = world.network.groups.find(read.text("SecurityGroupId"));
  if (group == nullptr) return not_found("SecurityGroupId", "InvalidSecurityGroupId.NotFound");
  auto rules = rules_given(world, read);
  if (!rules) return tl::unexpected(rules.error());
  for (auto& rule : *rules) {
    const bool known =
        std::any_of(group->rules.begin(), group->rules.end(), [&](const Rule& other) { return other.same(rule); });
    if (known) continue;
    rule.id = world.new_id("sgr");
    rule.created = call.moment.now;
    group->rules.push_back(std::move(rule));
  }
  return Json::object();
}

/// By the rules' ids, or by describing them. A rule that is not there is no error.
ActionResult<Json> revoke_security_group(World& world, const ActionCall& call) {
  ParameterReader read(call);
  SecurityGroup* group = world.network.groups.find(read.text("SecurityGroupId"));
  if (group == nullptr) return not_found("SecurityGroupId", "InvalidSecurityGroupId.NotFound");
  const auto ids = read.list("SecurityGroupRuleId");
  if (read.error()) return tl::unexpected(*read.error());
  const auto rules = ids.empty() ? rules_given(world, read) : ActionResult<std::vector<Rule>>(std::vector<Rule>{});
  if (!rules) return tl::unexpected(rules.error());
  std::erase_if(group->rules, [&](const Rule& mine) {
    return contains(ids, mine.id) ||
           std::any_of(rules->begin(), rules->end(), [&](const Rule& other) { return other.same(mine); });
  });
  return Json::object();
}

ActionResult<Json> describe_security_groups(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto ids = read.json_list("SecurityGroupIds");
  const std::string id = read.text("SecurityGroupId"), vpc = read.text("VpcId"), name = read.text("SecurityGroupName");
  const std::string type = read.text("SecurityGroupType");
  const auto tags = tags_wanted(read);
  std::vector<const SecurityGroup*> matching;
  for (const auto& [sequence, group] : world.network.groups.newest_first()) {
    if (group->region != read.text("RegionId") || (ids && !contains(*ids, group->id)) ||
        (!id.empty() && group->id != id))
      continue;
    if ((!vpc.empty() && group->vpc != vpc) || (!name.empty() && group->name != name) ||
        (!type.empty() && group->type != type))
      continue;
    if (has_tags(group->tags, tags)) matching.push_back(group);
  }
  Page page = page_of(read, matching, {10, 100, 10});
  if (read.error()) return tl::unexpected(*read.error());
  Json list = Json::array();
  for (std::size_t i = 0; i < page.count; ++i)
    list.push_back(group_json(world, *matching[page.first + i], call.moment));
  page.head["RegionId"] = read.text("RegionId");
  page.head["SecurityGroups"] = {{"SecurityGroup", std::move(list)}};
  return page.head;
}

ActionResult<Json> describe_security_group_attribute(World& world, const ActionCall& call) {
  const SecurityGroup* group = world.network.groups.find(ParameterReader(call).text("SecurityGroupId"));
  if (group == nullptr) return not_found("SecurityGroupId", "InvalidSecurityGroupId.NotFound");
  Json rules = Json::array();
  for (const auto& rule : group->rules) rules.push_back(rule_json(rule, call.moment));
  return Json{{"SecurityGroupId", group->id},
              {"SecurityGroupName", group->name},
              {"Description", group->description},
              {"RegionId", group->region},
              {"VpcId", group->vpc},
              {"InnerAccessPolicy", "Accept"},
              {"NextToken", ""},
              {"Permissions", {{"Permission", std::move(rules)}}}};
}

ActionResult<Json> delete_security_group(World& world, const ActionCall& call) {
  const SecurityGroup* group = world.network.groups.find(ParameterReader(call).text("SecurityGroupId"));
  if (group == nullptr) return not_found("SecurityGroupId", "InvalidSecurityGroupId.NotFound");
  if (members_of(world, *group) > 0) {
    return deny(403, "DependencyViolation", "There is still instance(s) in the specified security group.");
  }
  world.network.groups.remove(std::string(group->id));
  return Json::object();
}

}  // namespace preemptd::simulator
