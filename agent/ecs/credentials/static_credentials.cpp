#include "ecs/credentials/static_credentials.h"

#include <array>
#include <cstdlib>

#include "core/text.h"

namespace preemptd::ecs {
namespace {

struct KeyVariables {
  const char* id;
  const char* secret;
  const char* token;
};

/// In the order of the official tools.
constexpr std::array<KeyVariables, 4> kKeyVariables{{
    {"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"},
    {"ALIBABACLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_SECURITY_TOKEN"},
    {"ALICLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECURITY_TOKEN"},
    {"ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"},
}};

/// The names of which at least one is set; the first ones when none is.
const KeyVariables& variables_in(const Environment& environment) {
  for (const auto& each : kKeyVariables) {
    if (environment(each.id) || environment(each.secret)) return each;
  }
  return kKeyVariables.front();
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

std::string trimmed_key(std::string text, const std::string& name, const Warn& warn) {
  const auto trimmed = core::trim(text);
  if (trimmed.size() == text.size()) return text;
  if (warn) warn(name + " has blanks or a line break around it, which were left out");
  return std::string(trimmed);
}

std::vector<std::string> EnvironmentCredentials::half_a_key() const {
  const auto& names = variables_in(environment_);
  const bool id = environment_(names.id).has_value(), secret = environment_(names.secret).has_value();
  if (id == secret) return {};
  return {id ? names.id : names.secret};
}

core::Result<Credentials> EnvironmentCredentials::get(core::Deadline) {
  const auto& names = variables_in(environment_);
  const auto id = environment_(names.id), secret = environment_(names.secret);
  if (!id && !secret) return core::fail(core::ErrorCode::denied, std::string(names.id) + " is not set", "environment");
  if (!id || !secret) {
    return core::fail(core::ErrorCode::bad_input,
                      std::string(id ? names.secret : names.id) + " is not set or empty, although " +
                          (id ? names.id : names.secret) + " is set; set both or none",
                      "environment");
  }
  const auto part = [&](const char* name, std::string value) { return trimmed_key(std::move(value), name, warn_); };
  return Credentials{.access_key_id = part(names.id, *id),
                     .access_key_secret = core::Secret(part(names.secret, *secret)),
                     .security_token = core::Secret(part(names.token, environment_(names.token).value_or(""))),
                     .provider = "env",
                     .source = std::string("the environment (") + names.id + ")"};
}

}  // namespace preemptd::ecs
