#include "report/sinks/body_template.h"

#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>

namespace preemptd::report {
namespace {

namespace mustache = kainjow::mustache;
using core::ErrorCode;
using core::fail;
using core::Json;

/// The text between the quotes of a JSON string.
std::string escaped(const std::string& text) {
  const std::string quoted = core::dump_json(Json(text));
  return quoted.substr(1, quoted.size() - 2);
}

mustache::data to_mustache(const Json& value) {
  if (value.is_boolean()) return mustache::data(value.get<bool>());
  if (value.is_string()) return mustache::data(value.get<std::string>());
  if (value.is_array()) {
    mustache::data list(mustache::data::type::list);
    for (const auto& entry : value) list.push_back(to_mustache(entry));
    return list;
  }
  if (value.is_object()) {
    mustache::data object(mustache::data::type::object);
    for (const auto& [name, entry] : value.items()) object.set(name, to_mustache(entry));
    return object;
  }
  if (value.is_null()) return mustache::data(false);
  return mustache::data(core::dump_json(value));
}

}  // namespace

core::Result<BodyTemplate> BodyTemplate::make(std::string text, const std::vector<CloudEvent>& samples) {
  BodyTemplate made(std::move(text));
  for (const CloudEvent& sample : samples) {
    if (auto tried = made.render(sample, {}); !tried) return tl::unexpected(tried.error());
  }
  return made;
}

core::Result<std::string> BodyTemplate::render(const CloudEvent& event, const Remarks& remarks) const {
  mustache::mustache page(text_);
  if (!page.is_valid()) return fail(ErrorCode::bad_input, "the template is malformed: " + page.error_message());
  page.set_custom_escape(escaped);
  std::string body = page.render(to_mustache(Json::parse(to_structured(event, remarks))));
  if (!core::parse_json(body))
    return fail(ErrorCode::bad_input, "the template does not make JSON out of " + event.type);
  return body;
}

}  // namespace preemptd::report
