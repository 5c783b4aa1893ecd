#pragma once
#include <vector>

#include "simulator/api/call.h"
#include "simulator/cloud/world.h"

namespace preemptd::simulator {

/// The instances of the call's region that its DescribeInstances parameters let through, newest first. Ids that are not
/// there are left out without a word, as the real service does. A malformed filter is reported through `read`.
std::vector<const Instance*> filtered_instances(const World& world, ParameterReader& read);

/// Those of these ids that are in the region, or with no id all that are there; newest first.
std::vector<const Instance*> chosen_instances(const World& world, const std::string& region,
                                              const std::vector<std::string>& ids);

/// One Tag.N of a query. Without a value the key alone counts.
struct WantedTag {
  std::string key, value;
};
std::vector<WantedTag> tags_wanted(const ParameterReader& read);
/// All that are wanted are there.
bool has_tags(const std::map<std::string, std::string>& tags, const std::vector<WantedTag>& wanted);

/// `pattern` with * for any text.
bool matches_wildcard(std::string_view pattern, std::string_view text);

}  // namespace preemptd::simulator
