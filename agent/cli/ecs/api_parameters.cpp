#include "cli/ecs/api_parameters.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/json.h"
#include "core/text.h"
#include "ecs/catalogue/encode_request.h"
#include "ecs/credentials/sources.h"

namespace preemptd::cli {
namespace {

namespace catalogue = ecs::catalogue;
using core::ErrorCode;
using core::Json;

/// One name with its values in the order given.
struct GivenParameter {
  std::string name;
  std::vector<std::string> values;
};

core::Result<std::string> text_of_value(const std::string& word) {
  if (!word.starts_with('@')) return word;
  if (word.starts_with("@@")) return word.substr(1);
  auto file = ecs::read_key_file(word.substr(1));
  if (!file) return tl::unexpected(file.error());
  return std::move(file->text);
}

core::Result<std::vector<GivenParameter>> given_parameters(const std::vector<std::string>& words) {
  std::vector<GivenParameter> all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with("--") || words[i].size() == 2)
      return core::fail(ErrorCode::bad_input, "expected --Name, found '" + core::printable(words[i], 64) + "'");
    std::string name = words[i].substr(2), text;
    if (const auto equals = name.find('='); equals != std::string::npos) {
      text = name.substr(equals + 1);
      name.resize(equals);
    } else if (++i < words.size()) {
      text = words[i];
    } else {
      return core::fail(ErrorCode::bad_input, "--" + name + " needs a value");
    }
    auto value = text_of_value(text);
    if (!value) return tl::unexpected(value.error());
    auto same = std::find_if(all.begin(), all.end(), [&](const GivenParameter& each) { return each.name == name; });
    if (same == all.end()) same = all.insert(all.end(), GivenParameter{name, {}});
    same->values.push_back(std::move(*value));
  }
  return all;
}

bool is_structured(const catalogue::Parameter* known) {
  return known != nullptr && (known->kind == catalogue::Kind::list || known->kind == catalogue::Kind::object);
}

/// A list that may be given value by value.
bool is_open_list(const catalogue::Parameter* known) {
  return known != nullptr && known->kind == catalogue::Kind::list && known->style != catalogue::Style::json;
}

/// One value as JSON where it is a list or object, else as its text.
Json json_of_value(const std::string& value) {
  auto json = core::parse_json(value);
  return json && json->is_structured() ? std::move(*json) : Json(value);
}

Json joined_list(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const auto& value : values) {
    auto json = json_of_value(value);
    if (json.is_array()) {
      for (auto& each : json) list.push_back(std::move(each));
    } else {
      list.push_back(std::move(json));
    }
  }
  return list;
}

/// Parameters that are texts to the API and hold a JSON list: InstanceIds, PrivateIpAddresses.
bool is_list_in_text(const catalogue::Parameter* known, const std::string& name) {
  return known != nullptr && known->kind == catalogue::Kind::text &&
         (name.ends_with("Ids") || name.ends_with("Addresses"));
}

std::optional<std::string> doubt_about_json(const catalogue::Parameter* known, const GivenParameter& given) {
  if (!is_structured(known) && !is_list_in_text(known, given.name)) return std::nullopt;
  for (const auto& value : given.values) {
    const auto text = core::trim(value);
    const bool meant = text.starts_with('[') || text.starts_with('{') || text.ends_with(']') || text.ends_with('}');
    if (meant && !core::parse_json(text))
      return "--" + given.name + ": '" + core::printable(text, 64) + "' is no valid JSON; quote it for the shell";
  }
  return std::nullopt;
}

/// The wire form of one parameter alone.
ecs::Parameters laid_out(const catalogue::Parameter* known, const GivenParameter& given) {
  ecs::Parameters wire;
  const auto& value = given.values.front();
  if (is_open_list(known) && known->style == catalogue::Style::comma) {
    const bool several = given.values.size() > 1 || json_of_value(value).is_array();
    wire[given.name] = several ? catalogue::with_commas(joined_list(given.values)) : value;
  } else if (is_open_list(known)) {
    ecs::flatten(wire, given.name, joined_list(given.values));
  } else if (is_structured(known) && known->style == catalogue::Style::flat && json_of_value(value).is_structured()) {
    ecs::flatten(wire, given.name, json_of_value(value));
  } else {
    wire[given.name] = value;
  }
  return wire;
}

core::Error given_twice(const std::string& name) {
  return {ErrorCode::bad_input, "--" + core::printable(name, 64) + " is given twice", ""};
}

}  // namespace

core::Result<ApiParameters> read_api_parameters(const std::vector<std::string>& words,
                                                const std::optional<catalogue::Action>& action) {
  const auto given = given_parameters(words);
  if (!given) return tl::unexpected(given.error());
  ApiParameters all;
  for (const auto& each : *given) {
    const auto* known = action ? catalogue::find_parameter(*action, each.name) : nullptr;
    if (each.values.size() > 1 && !is_open_list(known)) return tl::unexpected(given_twice(each.name));
    if (auto doubt = doubt_about_json(known, each)) all.doubts.push_back(std::move(*doubt));
    for (auto& [name, value] : laid_out(known, each)) {
      if (!all.wire.emplace(name, value).second) return tl::unexpected(given_twice(name));
    }
  }
  return all;
}

}  // namespace preemptd::cli
