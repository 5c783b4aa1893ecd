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
  auto file = read_keys(sources, path);
  if (file) return std::pair{path, std::move(*file)};
  if (file.error().code != ErrorCode::denied && !sources.lenient) return tl::unexpected(file.error());
  file = read_keys(sources, path + ".ini");
  if (file) return std::pair{path + ".ini", std::move(*file)};
  if (file.error().code != ErrorCode::denied) return tl::unexpected(file.error());
  return core::fail(ErrorCode::denied, "there is no such file, nor one with .ini at its end", path);
}

/// Something other than comments and blank lines.
bool says_anything(std::string_view text) {
  for (const auto line : core::split(text, '\n')) {
    const auto trimmed = core::trim(line);
    if (!trimmed.empty() && trimmed.front() != '#' && trimmed.front() != ';') return true;
  }
  return false;
}

ProviderResult provider_in(const Profile& profile) {
  const std::string type = profile.text("type");
  if (type == "access_key") return profile.static_key(false);
  if (type == "ecs_ram_role") return instance_role(profile.sources, profile.text("role_name"));
  if (type == "ram_role_arn") {
    auto key = profile.static_key(false);
    if (!key) return key;
    return std::make_unique<AssumedRole>(profile.sources, std::move(*key),
                                         profile.wish("role_arn", "role_session_name"),
                                         profile.sts_place("", "", false));
  }
  return profile.unsupported(
      type.empty() ? "type is missing" : "type '" + core::printable(type, 32) + "' is not supported",
      "access_key, ecs_ram_role and ram_role_arn are");
}

}  // namespace

ProviderResult ini_profile(const Sources& sources, const std::string& section) {
  const auto file = read_ini_file(sources);
  if (!file) return tl::unexpected(file.error());
  const auto name = !section.empty() ? section : sources.environment("ALIBABA_CLOUD_PROFILE").value_or("default");
  const auto found = ini_section(file->second.text, name);
  const std::string where = "section [" + core::printable(name, 64) + "] of " + file->first;
  if (!found && !says_anything(file->second.text))
    return core::fail(ErrorCode::denied, "nothing is in it", file->first);
  if (!found) {
    return core::fail(ErrorCode::bad_input,
                      "no such section; a heading is [name] alone on its line, without a comment behind it", where);
  }
  const auto text = [&](const char* key) {
    const auto at = found->find(key);
    return at == found->end() ? std::string() : at->second;
  };
  return from_source(provider_in({sources, text, where}), where);
}

bool ini_has_section(const Sources& sources, const std::string& section) {
  const auto file = read_ini_file(sources);
  return file && ini_section(file->second.text, section);
}

}  // namespace preemptd::ecs
