#include <utility>

#include "core/text.h"
#include "ecs/credentials/assumed_role.h"
#include "ecs/credentials/ini.h"
#include "ecs/credentials/profile.h"

namespace preemptd::ecs {
namespace {

using core::ErrorCode;

core::Result<std::pair<std::string, KeyFile>> read_ini_file(const Sources& sources) {
  if (const auto path = sources.environment("ALIBABA_CLOUD_CREDENTIALS_FILE")) {
    auto file = read_keys(sources, *path);
    if (!file) return tl::unexpected(file.error());
    return std::pair{*path, std::move(*file)};
  }
  const std::string path = sources.home + "/.alibabacloud/credentials";
  if (auto file = read_keys(sources, path)) return std::pair{path, std::move(*file)};
  auto file = read_keys(sources, path + ".ini");
  if (!file) return core::fail(ErrorCode::local, "cannot be read, nor with .ini at its end", path);
  return std::pair{path + ".ini", std::move(*file)};
}

}  // namespace

ProviderResult ini_profile(const Sources& sources, const std::string& section) {
  const auto file = read_ini_file(sources);
  if (!file) return tl::unexpected(file.error());
  const auto name = !section.empty() ? section : sources.environment("ALIBABA_CLOUD_PROFILE").value_or("default");
  const auto found = ini_section(file->second.text, name);
  const std::string where = file->first + ", section [" + core::printable(name, 64) + "]";
  if (!found) return core::fail(ErrorCode::bad_input, "no such section", where);
  const auto text = [&](const char* key) {
    const auto at = found->find(key);
    return at == found->end() ? std::string() : at->second;
  };
  const Profile profile{sources, text, where};
  const std::string type = text("type");
  if (type == "access_key") return profile.static_key(false);
  if (type == "ecs_ram_role") return instance_role(sources, text("role_name"));
  if (type == "ram_role_arn") {
    auto key = profile.static_key(false);
    if (!key) return key;
    auto wish = profile.wish("role_arn", "role_session_name");
    wish.policy = text("policy");
    return std::make_unique<AssumedRole>(sources, std::move(*key), std::move(wish), profile.sts_place("", "", false));
  }
  return profile.unsupported(
      type.empty() ? "type is missing" : "type '" + core::printable(type, 32) + "' is not supported",
      "access_key, ecs_ram_role and ram_role_arn are");
}

}  // namespace preemptd::ecs
