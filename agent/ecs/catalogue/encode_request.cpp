#include "ecs/catalogue/encode_request.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace preemptd::ecs::catalogue {
namespace {

const Parameter* member_of(const std::vector<Parameter>& among, const std::string& name) {
  const auto found = std::find_if(among.begin(), among.end(), [&](const Parameter& each) { return each.name == name; });
  return found == among.end() ? nullptr : &*found;
}

const Parameter* element_of(const Parameter* list) {
  return list != nullptr && list->kind == Kind::list ? &list->inner.front() : nullptr;
}

bool has_members(const Parameter* object) {
  return object != nullptr && object->kind == Kind::object && !object->inner.empty();
}

/// Null members of an object whose members are known are not set; those of a free map are null.
template <typename AnyJson>
void append_json(std::string& out, const Parameter* known, const AnyJson& value) {
  if (value.is_object()) {
    out += '{';
    for (const auto& [name, member] : value.items()) {
      if (member.is_null() && has_members(known)) continue;
      if (out.back() != '{') out += ',';
      out += core::dump_json(core::Json(name)) + ":";
      append_json(out, has_members(known) ? member_of(known->inner, name) : nullptr, member);
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    for (const auto& each : value) {
      if (out.back() != '[') out += ',';
      append_json(out, element_of(known), each);
    }
    out += ']';
  } else {
    out += value.is_string() ? core::dump_json(core::Json(value.template get_ref<const std::string&>()))
           : value.is_null() ? std::string("null")
                             : scalar_text(core::Json(value));
  }
}

template <typename AnyJson>
void lay(Parameters& out, const Parameter* known, const std::string& name, const AnyJson& value) {
  const bool structured = value.is_object() || value.is_array();
  if (known != nullptr && known->style == Style::json && structured) {
    auto& text = out[name];
    text.clear();
    append_json(text, known, value);
  } else if (known != nullptr && known->style == Style::comma && value.is_array()) {
    out[name] = with_commas(core::Json(value));
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      lay(out, has_members(known) ? member_of(known->inner, key) : nullptr, name + "." + key, member);
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      lay(out, element_of(known), name + "." + std::to_string(i + 1), value[i]);
  } else if (!value.is_null()) {
    out[name] = scalar_text(core::Json(value));
  }
}

template <typename AnyJson>
void lay_out_any(Parameters& out, const Action& action, const AnyJson& request) {
  for (const auto& [name, member] : request.items()) lay(out, member_of(action.parameters, name), name, member);
}

}  // namespace

std::string with_commas(const core::Json& list) {
  std::string text;
  for (const auto& each : list) {
    if (&each != &list.front()) text += ',';
    if (!each.is_null()) text += scalar_text(each);
  }
  return text;
}

void encode_request(Parameters& out, const Action& action, const core::Json& request) {
  lay_out_any(out, action, request);
}

void encode_request(Parameters& out, const Action& action, const nlohmann::ordered_json& request) {
  lay_out_any(out, action, request);
}

}  // namespace preemptd::ecs::catalogue
