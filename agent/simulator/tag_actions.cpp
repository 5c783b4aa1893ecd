#include <nlohmann/json.hpp>

#include "simulator/handlers.h"

namespace preemptd::simulator {
namespace {

using Tags = std::map<std::string, std::string>;

constexpr std::size_t kMostResources = 50;
constexpr std::size_t kMostTags = 20;

/// Null: no such resource.
Tags* tags_of(World& world, const std::string& type, const std::string& id) {
  if (type != "instance") return nullptr;
  Instance* instance = world.fleet.find(id);
  return instance == nullptr ? nullptr : &instance->tags;
}

Answer<Tags> tags_given(Reader& read) {
  Tags tags;
  const auto indices = read.indices("Tag");
  if (indices.size() > kMostTags) return deny(400, "NumberExceed.Tags", "The maximum number of Tags is exceeded.");
  for (const int index : indices) {
    const std::string name = "Tag." + std::to_string(index);
    const std::string key = read.text(name + ".Key");
    if (key.empty()) return missing_parameter(name + ".Key");
    if (key.size() > 128 || key.starts_with("aliyun") || key.starts_with("acs:")) {
      return invalid_parameter(name + ".Key", "InvalidTagKey.Malformed");
    }
    tags[key] = read.text(name + ".Value");
  }
  return tags;
}

Answer<std::vector<Tags*>> resources_given(World& world, Reader& read) {
  const auto ids = read.list("ResourceId", SIZE_MAX);
  if (ids.size() > kMostResources) return deny(400, "NumberExceed.ResourceIds", "The maximum number of ResourceIds is exceeded.");
  std::vector<Tags*> found;
  for (const auto& id : ids) {
    Tags* tags = tags_of(world, read.text("ResourceType"), id);
    if (tags == nullptr) return not_found("ResourceId", "InvalidResourceId.NotFound");
    found.push_back(tags);
  }
  return found;
}

}  // namespace

Answer<core::Json> tag_resources(World& world, const Call& call) {
  Reader read(call);
  const auto tags = tags_given(read);
  if (!tags) return tl::unexpected(tags.error());
  const auto resources = resources_given(world, read);
  if (!resources) return tl::unexpected(resources.error());
  for (Tags* mine : *resources) {
    Tags merged = *mine;
    for (const auto& [key, value] : *tags) merged[key] = value;
    if (merged.size() > kMostTags) return deny(403, "QuotaExceed.Tags", "The quota of tags on the resource is exceeded.");
  }
  for (Tags* mine : *resources) {
    for (const auto& [key, value] : *tags) (*mine)[key] = value;
  }
  return core::Json::object();
}

}  // namespace preemptd::simulator
