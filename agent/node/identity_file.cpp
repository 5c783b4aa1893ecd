#include "node/identity_file.h"

#include <nlohmann/json.hpp>

#include "core/json.h"
#include "sys/files.h"

namespace preemptd::node {
namespace {

constexpr std::size_t kLimit = 4096;

std::string path_in(const std::string& run_folder) {
  return run_folder + "/identity.json";
}

}  // namespace

void remember_identity(const std::string& run_folder, const std::string& boot_id, const core::Identity& identity) {
  const core::Json document{{"boot_id", boot_id},
                            {"instance_id", identity.instance_id},
                            {"region_id", identity.region_id},
                            {"zone_id", identity.zone_id},
                            {"instance_type", identity.instance_type}};
  (void)sys::write_file_atomically(path_in(run_folder), core::dump_json_pretty(document), 0644, sys::Durable::no);
}

std::optional<core::Identity> recall_identity(const std::string& run_folder, const std::string& boot_id) {
  const auto text = sys::read_file(path_in(run_folder), kLimit, sys::Links::refuse);
  if (!text || !*text || boot_id.empty()) return std::nullopt;
  const auto document = core::parse_json(**text);
  if (!document || core::string_at(*document, "boot_id") != boot_id) return std::nullopt;
  const auto member = [&](std::string_view name) { return core::string_at(*document, name).value_or(""); };
  core::Identity identity{member("instance_id"), member("region_id"), member("zone_id"), member("instance_type")};
  return identity.instance_id.empty() ? std::nullopt : std::optional(std::move(identity));
}

}  // namespace preemptd::node
