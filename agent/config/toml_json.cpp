#include "config/toml_json.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "config/toml_parser.h"

namespace preemptd::config {

core::Result<core::Json> toml_as_json(std::string_view text, const std::string& name) {
  const auto parsed = toml::parse(text, name);
  if (!parsed) return core::fail(core::ErrorCode::bad_input, std::string(parsed.error().description()), name);
  std::ostringstream json;
  json << toml::json_formatter(parsed.table());
  return core::parse_json(json.str());
}

}  // namespace preemptd::config
