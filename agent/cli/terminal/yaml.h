#pragma once
#include <string>

#include "cli/terminal/output.h"

namespace preemptd::cli {

/// Pure: the document as YAML 1.2 in block style. Texts that YAML could take for something else are quoted as in JSON.
std::string yaml_text(const Json& document);

}  // namespace preemptd::cli
