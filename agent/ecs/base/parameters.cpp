#include "ecs/base/parameters.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "http/percent.h"

namespace preemptd::ecs {
namespace {

/// As JavaScript prints numbers, which is what the official SDKs send: plain from 1e-6 to below 1e21, else with an
/// exponent without padding ("1e-7", "1.5e-10", "1e+21").
std::string number_text(double value) {
  const double size = std::fabs(value);
  const bool plain = value == 0 || (size >= 1e-6 && size < 1e21);
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string text(buffer, end.ptr);
  const auto exponent = text.find('e');
  if (exponent != std::string::npos && text.size() == exponent + 4 && text[exponent + 2] == '0')
    text.erase(exponent + 2, 1);
  return text;
}

}  // namespace

std::string scalar_text(const core::Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_float()) return number_text(value.get<double>());
  return value.dump();
}

void flatten(Parameters& out, const std::string& name, const core::Json& value) {
  const std::string prefix = name.empty() ? "" : name + ".";
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) flatten(out, prefix + key, member);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) flatten(out, prefix + std::to_string(i + 1), value[i]);
  } else if (!value.is_null()) {
    out[name] = scalar_text(value);
  }
}

std::string canonical_query(const Parameters& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (!query.empty()) query += '&';
    http::append_percent_encoded(query, name);
    query += '=';
    http::append_percent_encoded(query, value);
  }
  return query;
}

std::string json_array(const std::vector<std::string>& texts) {
  return core::dump_json(core::Json(texts));
}

}  // namespace preemptd::ecs
