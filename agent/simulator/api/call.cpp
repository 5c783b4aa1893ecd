#include "simulator/api/call.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "core/text.h"
#include "core/utc.h"

namespace preemptd::simulator {
namespace {

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

bool ParameterReader::has(const std::string& name) const {
  const auto found = call_.parameters.find(name);
  return found != call_.parameters.end() && !found->second.empty();
}

std::string ParameterReader::text(const std::string& name, std::string_view otherwise) const {
  return has(name) ? call_.parameters.at(name) : std::string(otherwise);
}

std::string ParameterReader::required(const std::string& name) {
  if (!has(name)) refuse(missing_parameter(name));
  return text(name);
}

bool ParameterReader::flag(const std::string& name, bool otherwise) {
  const std::string value = core::to_lower(text(name));
  if (value.empty()) return otherwise;
  if (value != "true" && value != "false") refuse(invalid_parameter(name));
  return value == "true";
}

std::int64_t ParameterReader::integer(const std::string& name, std::int64_t otherwise, std::int64_t least,
                                      std::int64_t most) {
  if (!has(name)) return otherwise;
  const auto value = whole_number<std::int64_t>(text(name));
  if (value && *value >= least && *value <= most) return *value;
  refuse(invalid_parameter(name));
  return otherwise;
}

std::optional<double> ParameterReader::number(const std::string& name) {
  if (!has(name)) return std::nullopt;
  const auto value = whole_number<double>(text(name));
  if (!value) refuse(invalid_parameter(name));
  return value;
}

std::string ParameterReader::word(const std::string& name, const std::vector<std::string>& words,
                                  std::string_view otherwise, std::string code) {
  if (!has(name)) return std::string(otherwise);
  const auto found = std::find_if(words.begin(), words.end(),
                                  [&](const auto& known) { return core::equal_ignoring_case(known, text(name)); });
  if (found != words.end()) return *found;
  refuse(invalid_parameter(name, std::move(code)));
  return std::string(otherwise);
}

std::optional<core::WallTime> ParameterReader::time(const std::string& name, std::string code) {
  if (!has(name)) return std::nullopt;
  const auto given = core::parse_utc(text(name));
  if (!given) {
    refuse(invalid_parameter(name, std::move(code)));
    return std::nullopt;
  }
  return call_.moment.meant(*given);
}

std::vector<std::string> ParameterReader::list(const std::string& name, std::size_t most) {
  std::vector<std::string> out;
  for (const int index : indices(name)) {
    const std::string full = name + "." + std::to_string(index);
    if (has(full)) out.push_back(text(full));
  }
  if (out.size() > most) refuse(invalid_parameter(name));
  return out;
}

std::optional<std::vector<std::string>> ParameterReader::json_list(const std::string& name, std::size_t most) {
  if (!has(name)) return std::nullopt;
  std::vector<std::string> out;
  const auto parsed = core::parse_json(text(name));
  if (!parsed || !parsed->is_array() || parsed->size() > most) {
    refuse(invalid_parameter(name));
    return out;
  }
  for (const auto& item : *parsed) {
    if (item.is_string()) out.push_back(item.get<std::string>());
    if (!item.is_string()) refuse(invalid_parameter(name));
  }
  return out;
}

std::optional<std::vector<std::string>> ParameterReader::comma_list(const std::string& name) const {
  if (!has(name)) return std::nullopt;
  std::vector<std::string> out;
  const std::string all = text(name);
  for (const auto part : core::split(all, ',')) {
    if (const auto value = core::trim(part); !value.empty()) out.emplace_back(value);
  }
  return out;
}

std::vector<int> ParameterReader::indices(const std::string& name) const {
  const std::string prefix = name + ".";
  std::set<int> found;
  for (auto at = call_.parameters.lower_bound(prefix);
       at != call_.parameters.end() && at->first.compare(0, prefix.size(), prefix) == 0; ++at) {
    const std::string_view rest = std::string_view(at->first).substr(prefix.size());
    const auto index = whole_number<int>(rest.substr(0, rest.find('.')));
    if (index && *index >= 1) found.insert(*index);
  }
  return {found.begin(), found.end()};
}

void ParameterReader::refuse(tl::unexpected<ApiError> error) {
  if (!error_) error_ = std::move(error.value());
}

}  // namespace preemptd::simulator
