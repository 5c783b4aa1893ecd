#include "ecs/instances/tags.h"

namespace preemptd::ecs {

void fields(FieldWriter& to, const Tagged& tagged) {
  to("ResourceType", tagged.type)("ResourceId", tagged.ids);
}

Result<void> tag_resources(Client& client, const Tagged& which, const std::vector<Tag>& tags, core::Deadline by) {
  auto call = call_of(client, kEcs, "TagResources", which);
  FieldWriter to(call.parameters);
  to("Tag", tags);
  return perform(client, call, by);
}

Result<void> untag_resources(Client& client, const Tagged& which, const std::vector<std::string>& keys,
                             core::Deadline by) {
  auto call = call_of(client, kEcs, "UntagResources", which);
  FieldWriter to(call.parameters);
  to("TagKey", keys);
  if (keys.empty()) to("All", std::optional<bool>(true));
  return perform(client, call, by);
}

void fields(FieldReader& from, TagOfResource& tag) {
  from("ResourceId", tag.resource_id)("ResourceType", tag.resource_type);
  fields(from, tag.tag);
}

Result<std::vector<TagOfResource>> list_tag_resources(Client& client, const Tagged& which, const std::vector<Tag>& tags,
                                                      core::Deadline by) {
  auto call = call_of(client, kEcs, "ListTagResources", which);
  FieldWriter to(call.parameters);
  to("Tag", tags);
  return ask_all<TagOfResource>(client, std::move(call), Paging::token, {"TagResources"}, by);
}

}  // namespace preemptd::ecs
