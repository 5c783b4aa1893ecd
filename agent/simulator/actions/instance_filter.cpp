#include "simulator/actions/instance_filter.h"

#include <algorithm>
#include <functional>
#include <set>

#include "core/text.h"
#include "core/utc.h"
#include "simulator/cloud/lists.h"
#include "simulator/cloud/market.h"

namespace preemptd::simulator {
namespace {

using Test = std::function<bool(const Instance&)>;

/// Parameters that are compared with one member as they are.
struct Plain {
  const char* parameter;
  std::function<std::string(const Instance&)> member;
};

const std::vector<Plain>& plain_filters() {
  static const std::vector<Plain> kFilters{
      {"ZoneId", [](const Instance& i) { return i.zone; }},
      {"VpcId", [](const Instance& i) { return i.vpc; }},
      {"VSwitchId", [](const Instance& i) { return i.vswitch; }},
      {"ImageId", [](const Instance& i) { return i.image; }},
      {"InstanceType", [](const Instance& i) { return i.type; }},
      {"InstanceTypeFamily",
       [](const Instance& i) { return find_type(i.type) != nullptr ? find_type(i.type)->family : ""; }},
      {"KeyPairName", [](const Instance& i) { return i.key_pair; }},
      {"ResourceGroupId", [](const Instance& i) { return i.resource_group; }},
      {"InternetChargeType", [](const Instance& i) { return i.internet_charge; }},
      {"HttpEndpoint", [](const Instance& i) { return i.metadata.enabled ? "enabled" : "disabled"; }},
      {"HttpTokens", [](const Instance& i) { return i.metadata.token_required ? "required" : "optional"; }},
  };
  return kFilters;
}

void add_word_filters(ParameterReader& read, std::vector<Test>& tests) {
  const std::string status =
      read.word("Status", {"Pending", "Starting", "Running", "Stopping", "Stopped"}, "", "InvalidStatus.NotFound");
  if (!status.empty()) tests.emplace_back([status](const Instance& i) { return name_of(i.status) == status; });
  const std::string charge =
      read.word("InstanceChargeType", {"PostPaid", "PrePaid"}, "", "InvalidInstanceChargeType.NotFound");
  if (!charge.empty()) tests.emplace_back([charge](const Instance& i) { return i.prepaid == (charge == "PrePaid"); });
  if (read.word("InstanceNetworkType", {"vpc", "classic"}, "vpc", "InvalidNetworkType.NotFound") == "classic")
    tests.emplace_back([](const Instance&) { return false; });
  const std::string reason =
      read.word("LockReason", {"financial", "security", "Recycling", "dedicatedhostfinancial", "refunded"}, "",
                "InvalidLockReason.NotFound");
  if (reason.empty()) return;
  tests.emplace_back([reason](const Instance& i) {
    return reason == "Recycling" ? i.reclaim && i.reclaim->in_api : contains(i.locks, reason);
  });
}

void add_address_filter(ParameterReader& read, const char* parameter, std::string Instance::*member,
                        std::vector<Test>& tests) {
  if (const auto wanted = read.json_list(parameter)) {
    tests.emplace_back([wanted = *wanted, member](const Instance& i) { return contains(wanted, i.*member); });
  }
}

/// Filter.1 to Filter.4, whatever their order: creation and expiry windows, either side open.
void add_time_filters(ParameterReader& read, std::vector<Test>& tests) {
  for (const int index : read.indices("Filter")) {
    const std::string name = "Filter." + std::to_string(index);
    const std::string key = read.text(name + ".Key");
    const auto at = read.time(name + ".Value");
    if (key != "CreationStartTime" && key != "CreationEndTime" && key != "ExpiredStartTime" &&
        key != "ExpiredEndTime") {
      read.refuse(deny(404, "InvalidFilterKey.NotFound", "The specified Filter.Key does not exist."));
      return;
    }
    if (!at) return read.refuse(missing_parameter(name + ".Value"));
    const bool creation = key.starts_with("Creation"), start = key.ends_with("StartTime");
    tests.emplace_back([creation, start, at = *at](const Instance& i) {
      const auto time =
          std::chrono::floor<std::chrono::minutes>(creation ? i.created : i.expires.value_or(kNeverExpires));
      return start ? time >= at : time <= at;
    });
  }
}

void add_tag_filter(ParameterReader& read, std::vector<Test>& tests) {
  constexpr std::size_t kMost = 20;
  const auto wanted = tags_wanted(read);
  if (wanted.empty()) return;
  if (wanted.size() > kMost)
    return read.refuse(deny(400, "InvalidTagCount", "The specified tags are beyond the permitted range."));
  const bool nameless = std::any_of(wanted.begin(), wanted.end(), [](const WantedTag& tag) { return tag.key.empty(); });
  if (nameless)
    return read.refuse(deny(400, "InvalidTag.Mismatch", "The specified Tag.n.Key and Tag.n.Value do not match."));
  tests.emplace_back([wanted](const Instance& i) { return has_tags(i.tags, wanted); });
}

std::vector<Test> tests_of(ParameterReader& read) {
  std::vector<Test> tests;
  for (const auto& filter : plain_filters()) {
    if (!read.has(filter.parameter)) continue;
    tests.emplace_back(
        [&filter, wanted = read.text(filter.parameter)](const Instance& i) { return filter.member(i) == wanted; });
  }
  if (read.has("InstanceName")) {
    tests.emplace_back(
        [wanted = read.text("InstanceName")](const Instance& i) { return matches_wildcard(wanted, i.name); });
  }
  if (read.has("SecurityGroupId")) {
    tests.emplace_back(
        [wanted = read.text("SecurityGroupId")](const Instance& i) { return contains(i.security_groups, wanted); });
  }
  add_word_filters(read, tests);
  add_address_filter(read, "PrivateIpAddresses", &Instance::private_ip, tests);
  add_address_filter(read, "PublicIpAddresses", &Instance::public_ip, tests);
  add_time_filters(read, tests);
  add_tag_filter(read, tests);
  return tests;
}

}  // namespace

bool matches_wildcard(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == pattern.npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  const auto rest = pattern.substr(star + 1);
  for (std::size_t at = star; at <= text.size(); ++at) {
    if (matches_wildcard(rest, text.substr(at))) return true;
  }
  return false;
}

std::vector<WantedTag> tags_wanted(const ParameterReader& read) {
  std::vector<WantedTag> wanted;
  for (const int index : read.indices("Tag")) {
    const std::string name = "Tag." + std::to_string(index);
    wanted.push_back({read.text(name + ".Key"), read.text(name + ".Value")});
  }
  return wanted;
}

bool has_tags(const std::map<std::string, std::string>& tags, const std::vector<WantedTag>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const WantedTag& tag) {
    const auto found = tags.find(tag.key);
    return found != tags.end() && (tag.value.empty() || found->second == tag.value);
  });
}

std::vector<const Instance*> chosen_instances(const World& world, const std::string& region,
                                              const std::vector<std::string>& ids) {
  std::vector<const Instance*> out;
  if (ids.empty()) {
    for (const auto& [sequence, instance] : world.fleet.in_region(region)) out.push_back(instance);
    return out;
  }
  for (const auto& id : std::set<std::string>(ids.begin(), ids.end())) {
    const Instance* instance = world.fleet.find(id);
    if (instance != nullptr && instance->region == region) out.push_back(instance);
  }
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->sequence > b->sequence; });
  return out;
}

std::vector<const Instance*> filtered_instances(const World& world, ParameterReader& read) {
  const auto tests = tests_of(read);
  const auto ids = read.json_list("InstanceIds");
  if (ids && ids->empty()) return {};
  auto out = chosen_instances(world, read.text("RegionId"), ids.value_or(std::vector<std::string>{}));
  std::erase_if(out, [&](const Instance* instance) {
    return !std::all_of(tests.begin(), tests.end(), [&](const Test& test) { return test(*instance); });
  });
  return out;
}

}  // namespace preemptd::simulator
