#pragma once
#include <string>
#include <vector>

#include "ecs/client/fields.h"

namespace preemptd::cli {

/// "key=value" each; a word without '=' is a key with an empty value.
std::vector<ecs::Tag> tags_in(const std::vector<std::string>& words);

}  // namespace preemptd::cli
