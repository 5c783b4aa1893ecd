#include <nlohmann/json.hpp>

#include "core/text.h"
#include "simulator/actions/instance_filter.h"
#include "simulator/api/handlers.h"
#include "simulator/api/tagging.h"
#include "simulator/cloud/lists.h"

namespace preemptd::simulator {
namespace {

constexpr std::size_t kMostResources = 50;
constexpr std::size_t kMostTags = 20;
constexpr std::size_t kListed = 50;  // ListTagResources fixes its own page size

template <typename Thing>
Tags* tags_on(Registry<Thing>& shelf, const std::string& id) {
  Thing* thing = shelf.find(id);
  return thing == nullptr ? nullptr : &thing->tags;
}

ActionResult<std::string> resource_type(const ParameterReader& read) {
  static const std::vector<std::string> kTagged{"instance",      "disk", "snapshot", "image",
                                                "securitygroup", "vpc",  "vswitch"};
  const std::string type = core::to_lower(read.text("ResourceType"));
  if (contains(kTagged, type)) return type;
  return not_found("ResourceType", "InvalidResourceType.NotFound");
}

ActionResult<std::vector<Tags*>> resources_given(World& world, ParameterReader& read) {
  const auto ids = read.list("ResourceId", SIZE_MAX);
  if (ids.size() > kMostResources)
    return deny(400, "NumberExceed.ResourceIds", "The maximum number of ResourceIds is exceeded.");
  const auto type = resource_type(read);
  if (!type) return tl::unexpected(type.error());
  std::vector<Tags*> found;
  for (const auto& id : ids) {
    Tags* tags = tags_of(world, *type, id);
    if (tags == nullptr) return not_found("ResourceId", "InvalidResourceId.NotFound");
    found.push_back(tags);
  }
  return found;
}

template <typename Things>
void collect(std::vector<std::pair<std::string, const Tags*>>& out, const Things& newest_first) {
  for (const auto& [sequence, thing] : newest_first) out.emplace_back(thing->id, &thing->tags);
}

/// Every resource of a type in the region, newest first.
std::vector<std::pair<std::string, const Tags*>> everything(World& world, const std::string& type,
                                                            const std::string& region) {
  std::vector<std::pair<std::string, const Tags*>> out;
  if (type == "instance") collect(out, world.fleet.in_region(region));
  if (type == "disk") collect(out, world.storage.disks.newest_first());
  if (type == "snapshot") collect(out, world.storage.snapshots.newest_first());
  if (type == "image") collect(out, world.storage.images.newest_first());
  if (type == "securitygroup") collect(out, world.network.groups.newest_first());
  if (type == "vpc") collect(out, world.network.vpcs.newest_first());
  if (type == "vswitch") collect(out, world.network.vswitches.newest_first());
  return out;
}

}  // namespace

ActionResult<Tags> tags_given(ParameterReader& read) {
  Tags tags;
  const auto indices = read.indices("Tag");
  if (indices.size() > kMostTags) return deny(400, "NumberExceed.Tags", "The maximum number of Tags is exceeded.");
  for (const int index : indices) {
    const std::string name = "Tag." + std::to_string(index);
    const std::string key = read.text(name + ".Key", read.text(name + ".key"));
    const std::string lower = core::to_lower(key);
    if (key.empty()) return missing_parameter(name + ".Key");
    if (key.size() > 128 || lower.starts_with("aliyun") || lower.starts_with("acs:") ||
        lower.find("http://") != lower.npos || lower.find("https://") != lower.npos) {
      return invalid_parameter(name + ".Key", "InvalidTagKey.Malformed");
    }
    tags[key] = read.text(name + ".Value", read.text(name + ".value"));
  }
  return tags;
}

Tags* tags_of(World& world, const std::string& type, const std::string& id) {
  if (type == "instance") {
    Instance* instance = world.fleet.find(id);
    return instance == nullptr ? nullptr : &instance->tags;
  }
  if (type == "disk") return tags_on(world.storage.disks, id);
  if (type == "snapshot") return tags_on(world.storage.snapshots, id);
  if (type == "image") return tags_on(world.storage.images, id);
  if (type == "securitygroup") return tags_on(world.network.groups, id);
  if (type == "vpc") return tags_on(world.network.vpcs, id);
  return type == "vswitch" ? tags_on(world.network.vswitches, id) : nullptr;
}

ActionResult<core::Json> tag_resources(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto tags = tags_given(read);
  if (!tags) return tl::unexpected(tags.error());
  const auto resources = resources_given(world, read);
  if (!resources) return tl::unexpected(resources.error());
  for (Tags* mine : *resources) {
    Tags merged = *mine;
    for (const auto& [key, value] : *tags) merged[key] = value;
    if (merged.size() > kMostTags)
      return deny(403, "QuotaExceed.Tags", "The quota of tags on the resource is exceeded.");
  }
  for (Tags* mine : *resources) {
    for (const auto& [key, value] : *tags) (*mine)[key] = value;
  }
  return core::Json::object();
}

ActionResult<core::Json> untag_resources(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const bool all = read.flag("All");
  const auto keys = read.list("TagKey", kMostTags);
  if (read.error()) return tl::unexpected(*read.error());
  if (keys.empty() && !all) return missing_parameter("TagKey");
  const auto resources = resources_given(world, read);
  if (!resources) return tl::unexpected(resources.error());
  for (Tags* mine : *resources) {
    if (keys.empty()) mine->clear();
    for (const auto& key : keys) mine->erase(key);
  }
  return core::Json::object();
}

ActionResult<core::Json> list_tag_resources(World& world, const ActionCall& call) {
  ParameterReader read(call);
  const auto type = resource_type(read);
  if (!type) return tl::unexpected(type.error());
  const auto ids = read.list("ResourceId", kMostResources);
  const auto wanted = tags_wanted(read);
  const auto skip = static_cast<std::size_t>(read.integer("NextToken", 0, 0, INT64_MAX));
  if (read.error()) return tl::unexpected(*read.error());
  if (ids.empty() && wanted.empty()) return missing_parameter("ResourceId.N or Tag.N");
  core::Json list = core::Json::array();
  std::size_t seen = 0;
  for (const auto& [id, tags] : everything(world, *type, read.text("RegionId"))) {
    const bool chosen = ids.empty() || contains(ids, id);
    if (!chosen || !has_tags(*tags, wanted)) continue;
    for (const auto& [key, value] : *tags) {
      if (seen++ < skip || list.size() >= kListed) continue;
      list.push_back({{"ResourceId", id}, {"ResourceType", *type}, {"TagKey", key}, {"TagValue", value}});
    }
  }
  const bool more = seen > skip + list.size();
  return core::Json{{"NextToken", more ? std::to_string(skip + list.size()) : ""},
                    {"TagResources", {{"TagResource", list}}}};
}

}  // namespace preemptd::simulator
