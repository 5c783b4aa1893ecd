#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "ecs/base/parameters.h"
#include "ecs/catalogue/catalogue.h"

namespace preemptd::cli {

/// The parameters of `preemptctl api` as they travel.
struct ApiParameters {
  ecs::Parameters wire;
  std::vector<std::string> doubts;  ///< a sentence for each value that looks wrong and is sent all the same
};

/// Reads "--Name VALUE" and "--Name=VALUE"; "@file" is the file's text, "@@x" the text "@x". A JSON list or object
/// given for a structured parameter is laid out as the action wants it. A list's parameter given several times is the
/// list of its values; any other one given twice is bad_input, as is a word that is no "--Name". `action` is nothing
/// where the catalogue does not know it.
core::Result<ApiParameters> read_api_parameters(const std::vector<std::string>& words,
                                                const std::optional<ecs::catalogue::Action>& action);

}  // namespace preemptd::cli
