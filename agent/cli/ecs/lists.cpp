#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "cli/ecs/tags.h"
#include "cli/terminal/times.h"
#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"
#include "ecs/client/batches.h"
#include "ecs/client/paging.h"
#include "ecs/instances/instance.h"

/// The commands that only list: what each asks and shows is data.
namespace preemptd::cli {
namespace {

using ecs::JsonValue;
using ecs::Paging;

/// How ids travel in a parameter; single: the one id that has to be given.
enum class Style { json, comma, numbered, single };

struct Filter {
  const char* flag;
  const char* value;
  const char* help;
  const char* parameter;
  bool tags = false;    ///< KEY=VALUE, as often as one likes
  bool within = false;  ///< a duration from now on: sets both ends of the expiry
};

struct ShownList {
  const char* title;
  const char* path;  ///< members, "/" between them; a list's elements are joined, and what "|" separates
  Align align = Align::left;
};

struct Listing {
  const char* path;
  const char* summary;
  ecs::Product product;
  const char* action;
  Paging paging;
  const char* list;
  ecs::Parameters always;
  std::vector<Filter> filters;
  std::vector<ShownList> columns;
  const char* ids = nullptr;  ///< parameter the positional ids go to
  Style ids_style = Style::json;
  std::size_t most_ids = 100;  ///< at once; more are asked for in parts
};

const Filter kByTag{"--tag", "KEY=VALUE", "Only with this tag", "Tag", true};
const Filter kByZone{"--zone", "ID", "Only in this zone", "ZoneId"};
const Filter kByVpc{"--vpc-id", "ID", "Only in this VPC", "VpcId"};
const Filter kByGroup{"--security-group", "ID", "Only in this security group", "SecurityGroupId"};
const Filter kByChargeType{"--charge-type", "TYPE", "PostPaid, PrePaid", "InstanceChargeType"};
const Filter kByInstance{"--instance", "ID", "Only of this instance", "InstanceId"};

/// Half an id, an address or a type is worth nothing: only what people made up is cut to fit.
bool is_free_text(std::string_view title) {
  return title == "NAME" || title == "DESCRIPTION" || title == "VALUE";
}

Listing instance_list() {
  return {"instance list",
          "List instances",
          ecs::kEcs,
          "DescribeInstances",
          Paging::token,
          "Instances",
          {{"MaxResults", "100"}},
          {{"--status", "STATUS", "Pending, Starting, Running, Stopping or Stopped", "Status"},
           {"--name", "NAME", "Only of this name; * stands for anything", "InstanceName"},
           {"--type", "TYPE", "Only of this type", "InstanceType"},
           {"--lock", "REASON", "Only with this lock, such as Recycling", "LockReason"},
           kByZone,
           kByVpc,
           kByGroup,
           kByChargeType,
           kByTag},
          {{"INSTANCE", "InstanceId"},
           {"NAME", "InstanceName"},
           {"STATUS", "Status"},
           {"LOCK", "OperationLocks/*/LockReason"},
           {"TYPE", "InstanceType"},
           {"ZONE", "ZoneId"},
           {"SPOT", "SpotStrategy"},
           {"PRIVATE IP", "VpcAttributes/PrivateIpAddress"},
           {"PUBLIC IP", "PublicIpAddress"}},
          "InstanceIds"};
}

Listing disk_list() {
  return {"disk list",
          "List disks",
          ecs::kEcs,
          "DescribeDisks",
          Paging::token,
          "Disks",
          {{"MaxResults", "100"}},
          {kByInstance,
           {"--type", "TYPE", "system or data", "DiskType"},
           {"--status", "STATUS", "In_use, Available, …", "Status"},
           kByTag},
          {{"DISK", "DiskId"},
           {"NAME", "DiskName"},
           {"TYPE", "Type"},
           {"CATEGORY", "Category"},
           {"GIB", "Size", Align::right},
           {"STATUS", "Status"},
           {"INSTANCE", "InstanceId"},
           {"GOES WITH IT", "DeleteWithInstance"}},
          "DiskIds"};
}

Listing snapshot_list() {
  return {"snapshot list",
          "List snapshots",
          ecs::kEcs,
          "DescribeSnapshots",
          Paging::token,
          "Snapshots",
          {{"MaxResults", "100"}},
          {kByInstance,
           {"--disk", "ID", "Only of this disk", "DiskId"},
           {"--status", "STATUS", "progressing, accomplished or failed", "Status"}},
          {{"SNAPSHOT", "SnapshotId"},
           {"NAME", "SnapshotName"},
           {"STATUS", "Status"},
           {"PROGRESS", "Progress", Align::right},
           {"DISK", "SourceDiskId"},
           {"GIB", "SourceDiskSize", Align::right},
           {"CREATED", "CreationTime"}},
          "SnapshotIds"};
}

Listing image_list() {
  return {"image list",
          "List images",
          ecs::kEcs,
          "DescribeImages",
          Paging::number,
          "Images",
          {{"PageSize", "100"}},
          {{"--owner", "WHO", "system, self, others or marketplace", "ImageOwnerAlias"},
           {"--name", "NAME", "Only of this name", "ImageName"},
           {"--os", "OS", "linux or windows", "OSType"},
           {"--status", "STATUS", "Creating, Available, …", "Status"}},
          {{"IMAGE", "ImageId"},
           {"NAME", "ImageName"},
           {"STATUS", "Status"},
           {"OWNER", "ImageOwnerAlias"},
           {"GIB", "Size", Align::right},
           {"CREATED", "CreationTime"}},
          "ImageId",
          Style::comma};
}

Listing security_group_list() {
  return {"security-group list",
          "List security groups",
          ecs::kEcs,
          "DescribeSecurityGroups",
          Paging::token,
          "SecurityGroups",
          {{"MaxResults", "100"}},
          {kByVpc, kByTag},
          {{"SECURITY GROUP", "SecurityGroupId"},
           {"NAME", "SecurityGroupName"},
           {"TYPE", "SecurityGroupType"},
           {"VPC", "VpcId"},
           {"DESCRIPTION", "Description"}},
          "SecurityGroupIds"};
}

Listing vpc_list() {
  return {
      "vpc list",
      "List VPCs",
      ecs::kVpc,
      "DescribeVpcs",
      Paging::number,
      "Vpcs",
      {{"PageSize", "50"}},
      {{"--name", "NAME", "Only of this name", "VpcName"}},
      {{"VPC", "VpcId"}, {"NAME", "VpcName"}, {"STATUS", "Status"}, {"BLOCK", "CidrBlock"}, {"DEFAULT", "IsDefault"}},
      "VpcId",
      Style::comma,
      20};
}

Listing vswitch_list() {
  return {"vswitch list",
          "List vSwitches",
          ecs::kVpc,
          "DescribeVSwitches",
          Paging::number,
          "VSwitches",
          {{"PageSize", "50"}},
          {kByVpc, kByZone},
          {{"VSWITCH", "VSwitchId"},
           {"NAME", "VSwitchName"},
           {"STATUS", "Status"},
           {"ZONE", "ZoneId"},
           {"VPC", "VpcId"},
           {"BLOCK", "CidrBlock"},
           {"FREE", "AvailableIpAddressCount", Align::right}}};
}

Listing region_list() {
  return {"region list",
          "List regions",
          ecs::kEcs,
          "DescribeRegions",
          Paging::none,
          "Regions",
          {{"AcceptLanguage", "en-US"}},
          {},
          {{"REGION", "RegionId"}, {"NAME", "LocalName"}, {"ENDPOINT", "RegionEndpoint"}}};
}

Listing region_zones() {
  return {"region zones",
          "List the zones of a region",
          ecs::kEcs,
          "DescribeZones",
          Paging::none,
          "Zones",
          {{"AcceptLanguage", "en-US"}},
          {},
          {{"ZONE", "ZoneId"}, {"NAME", "LocalName"}, {"TYPE", "ZoneType"}}};
}

Listing security_group_rules() {
  return {"security-group rules",
          "List who is let into and out of a security group",
          ecs::kEcs,
          "DescribeSecurityGroupAttribute",
          Paging::token,
          "Permissions",
          {{"Direction", "all"}},
          {},
          {{"RULE", "SecurityGroupRuleId"},
           {"DIRECTION", "Direction"},
           {"POLICY", "Policy"},
           {"PRIORITY", "Priority", Align::right},
           {"PROTOCOL", "IpProtocol"},
           {"PORTS", "PortRange|PortRangeListId"},
           {"FROM", "SourceCidrIp|Ipv6SourceCidrIp|SourcePrefixListId|SourceGroupId"},
           {"TO", "DestCidrIp|Ipv6DestCidrIp|DestPrefixListId|DestGroupId"},
           {"DESCRIPTION", "Description"}},
          "SecurityGroupId",
          Style::single};
}

Listing tag_list() {
  return {"tag list",
          "List the tags of resources",
          ecs::kEcs,
          "ListTagResources",
          Paging::token,
          "TagResources",
          {{"ResourceType", "instance"}},
          {{"--type", "TYPE", "instance (default), disk, snapshot, image, securitygroup, …", "ResourceType"}, kByTag},
          {{"RESOURCE", "ResourceId"}, {"TYPE", "ResourceType"}, {"KEY", "TagKey"}, {"VALUE", "TagValue"}},
          "ResourceId",
          Style::numbered,
          50};
}

Listing instance_expiring() {
  return {"instance expiring",
          "List subscriptions by when they expire",
          ecs::kEcs,
          "DescribeInstances",
          Paging::token,
          "Instances",
          {{"MaxResults", "100"}, {"InstanceChargeType", "PrePaid"}},
          {{"--from", "TIME", "Expiring after, as 2026-03-04 or 2026-03-04T05:05Z", "Filter.3"},
           {"--until", "TIME", "Expiring before", "Filter.4"},
           {"--within", "TIME", "Expiring from now on within this time, such as 30d", "", false, true},
           kByGroup,
           kByChargeType,
           kByTag},
          {{"INSTANCE", "InstanceId"},
           {"NAME", "InstanceName"},
           {"EXPIRES", "ExpiredTime"},
           {"STATUS", "Status"},
           {"TYPE", "InstanceType"}}};
}

std::vector<Listing> listings() {
  return {instance_list(), disk_list(),        snapshot_list(), image_list(),   security_group_list(),
          vpc_list(),      vswitch_list(),     region_list(),   region_zones(), security_group_rules(),
          tag_list(),      instance_expiring()};
}

struct Given {
  std::vector<std::string> ids;
  std::map<std::string, std::string> texts;  ///< by flag; empty: not given
  std::vector<std::string> tags;
  std::optional<core::Millis> within;
};

void put_ids(ecs::Call& call, const std::string& parameter, Style style, const std::vector<std::string>& ids) {
  ecs::FieldWriter to(call.parameters);
  if (style == Style::json) to.json(parameter, ids);
  if (style == Style::comma) to.comma(parameter, ids);
  if (style == Style::numbered) to(parameter, ids);
  if (style == Style::single) to(parameter, ids.front());
}

/// DescribeInstances' expiry window has fixed slots with a key beside each value, a UTC time in whole minutes.
core::Result<void> name_filter_slots(ecs::Parameters& parameters) {
  for (const auto& [slot, key] : {std::pair{"Filter.3", "ExpiredStartTime"}, std::pair{"Filter.4", "ExpiredEndTime"}}) {
    const auto given = parameters.find(slot);
    if (given == parameters.end()) continue;
    const auto time = time_in(given->second);
    if (!time)
      return core::fail(core::ErrorCode::bad_input, "not a UTC time such as 2026-03-04 or 2026-03-04T05:05Z",
                        core::printable(given->second, 64));
    parameters[std::string(slot) + ".Key"] = key;
    parameters[std::string(slot) + ".Value"] = minute_text(*time);
    parameters.erase(slot);
  }
  return {};
}

core::Result<void> put_within(ecs::Parameters& parameters, const Given& given) {
  if (!given.within) return {};
  if (parameters.contains("Filter.3") || parameters.contains("Filter.4"))
    return core::fail(core::ErrorCode::bad_input, "give either --within, or --from and --until");
  const auto now = core::system_clock().wall_now();
  parameters["Filter.3"] = core::format_utc(now);
  parameters["Filter.4"] = core::format_utc(now + *given.within);
  return {};
}

core::Result<ecs::Call> call_for(const Listing& listing, const Given& given, const std::vector<std::string>& ids,
                                 const std::string& region) {
  ecs::Call call{listing.product, listing.action, listing.always};
  const bool asks_everywhere = std::string_view(listing.action) == "DescribeRegions";
  if (!region.empty() && !asks_everywhere) call.parameters["RegionId"] = region;
  for (const auto& filter : listing.filters) {
    ecs::FieldWriter to(call.parameters);
    if (filter.tags) {
      to(filter.parameter, tags_in(given.tags));
    } else if (!filter.within) {
      to(filter.parameter, given.texts.at(filter.flag));
    }
  }
  if (listing.ids != nullptr) put_ids(call, listing.ids, listing.ids_style, ids);
  if (auto put = put_within(call.parameters, given); !put) return tl::unexpected(put.error());
  if (auto named = name_filter_slots(call.parameters); !named) return tl::unexpected(named.error());
  if (std::string_view(listing.action) == "ListTagResources" && ids.empty() && given.tags.empty()) {
    return core::fail(core::ErrorCode::bad_input, "give resources, or --tag");
  }
  return call;
}

void append_text(std::string& out, const std::string& text) {
  if (!text.empty()) out += (out.empty() ? "" : ",") + text;
}

/// What a path leads to, as text; "*" stands for every element of a list.
std::string text_at(JsonValue from, std::string_view path) {
  if (const auto bar = path.find('|'); bar != path.npos) {
    std::string joined = text_at(from, path.substr(0, bar));
    append_text(joined, text_at(from, path.substr(bar + 1)));
    return joined;
  }
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    path = slash == path.npos ? std::string_view() : path.substr(slash + 1);
    if (part == "*") {
      std::string joined;
      from.each([&](const JsonValue& each) { append_text(joined, text_at(each, path)); });
      return joined;
    }
    from = from.at(part);
  }
  std::string joined = from.text_or_empty();
  from.each([&](const JsonValue& each) { append_text(joined, each.text_or_empty()); });
  return joined;
}

Tone tone_of(std::string_view title, std::string_view text) {
  if (title == "LOCK" && core::equal_ignoring_case(text, "Recycling")) return Tone::bad;
  if (title == "STATUS" && text == "Running") return Tone::good;
  return Tone::plain;
}

std::vector<Cell> row_of(const Listing& listing, const JsonValue& item) {
  std::vector<Cell> row;
  for (const auto& column : listing.columns) {
    auto text = core::printable(text_at(item, column.path));
    const auto tone = tone_of(column.title, text);
    row.push_back({std::move(text), tone});
  }
  return row;
}

/// All the pages of a call, as documents or as rows, whichever will be shown.
std::optional<ecs::Failure> read_pages(CloudSession& session, const Listing& listing, ecs::Call call, Json& items,
                                       Table& table) {
  ecs::Pages pages(session.client(), std::move(call), listing.paging, {listing.list}, session.by());
  for (const JsonValue& item : pages) {
    if (!session.out().shows_document()) {
      table.rows.push_back(row_of(listing, item));
    } else if (auto json = core::parse_json(item.raw())) {
      items.push_back(std::move(*json));
    }
  }
  return pages.failure() ? std::optional(*pages.failure()) : std::nullopt;
}

Exit list(CloudSession& session, const Listing& listing, const Given& given) {
  Table table{{}, {}, "none", true};
  for (const auto& column : listing.columns)
    table.columns.push_back({column.title, column.align, is_free_text(column.title)});
  Json items = Json::array();
  auto parts = ecs::batches(given.ids, listing.most_ids);
  if (parts.empty()) parts.emplace_back();
  for (const auto& ids : parts) {
    auto call = call_for(listing, given, ids, session.client().region());
    if (!call) {
      session.out().error(call.error());
      return Exit::failed;
    }
    if (const auto failure = read_pages(session, listing, std::move(*call), items, table))
      return session.report_failure(*failure);
  }
  session.out().result(items, table);
  return Exit::ok;
}

Command command_for(const Listing& listing) {
  return {.path = listing.path,
          .summary = listing.summary,
          .details = "",
          .declare = [listing](Arguments& arguments) -> Run {
            auto given = std::make_shared<Given>();
            for (const auto& filter : listing.filters) {
              if (filter.within) {
                arguments.duration(filter.flag, given->within, filter.help);
              } else if (filter.tags) {
                arguments.texts(filter.flag, filter.value, given->tags, filter.help);
              } else {
                arguments.text(filter.flag, filter.value, given->texts[filter.flag], filter.help);
              }
            }
            if (listing.ids_style == Style::single) {
              arguments.positional("ID", given->ids.emplace_back(), "Which");
            } else if (listing.ids != nullptr) {
              arguments.positionals("ID", given->ids, "Only these", false);
            }
            return in_session(arguments,
                              [listing, given](CloudSession& session) { return list(session, listing, *given); });
          }};
}

}  // namespace

std::vector<Command> list_commands() {
  std::vector<Command> commands;
  for (const auto& listing : listings()) commands.push_back(command_for(listing));
  return commands;
}

}  // namespace preemptd::cli
