#include "ecs/credentials/static_credentials.h"

#include <cstdlib>

namespace preemptd::ecs {

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

core::Result<Credentials> EnvironmentCredentials::get(core::Deadline) {
  const auto id = environment_("ALIBABA_CLOUD_ACCESS_KEY_ID");
  const auto secret = environment_("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
  if (!id || !secret) {
    return core::fail(core::ErrorCode::denied,
                      std::string("ALIBABA_CLOUD_ACCESS_KEY_") + (id ? "SECRET" : "ID") + " is not set", "environment");
  }
  return Credentials{*id, core::Secret(*secret),
                     core::Secret(environment_("ALIBABA_CLOUD_SECURITY_TOKEN").value_or("")), "env"};
}

}  // namespace preemptd::ecs
