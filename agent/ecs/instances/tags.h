#pragma once
#include <string>
#include <vector>

#include "ecs/client/fields.h"

namespace preemptd::ecs {

/// Up to 50 resources of one type ("instance", "disk", "snapshot", "image", "securitygroup", …).
struct Tagged {
  std::string type = "instance";
  std::vector<std::string> ids;
};
void fields(FieldWriter& to, const Tagged& tagged);

/// Up to 20 tags; one of the same key is overwritten.
Result<void> tag_resources(Client& client, const Tagged& which, const std::vector<Tag>& tags, core::Deadline by);
/// No keys: all tags are removed.
Result<void> untag_resources(Client& client, const Tagged& which, const std::vector<std::string>& keys,
                             core::Deadline by);

struct TagOfResource {
  std::string resource_id;
  std::string resource_type;
  Tag tag;
};
void fields(FieldReader& from, TagOfResource& tag);
/// By resources, by tags, or both.
Result<std::vector<TagOfResource>> list_tag_resources(Client& client, const Tagged& which, const std::vector<Tag>& tags,
                                                      core::Deadline by);

}  // namespace preemptd::ecs
