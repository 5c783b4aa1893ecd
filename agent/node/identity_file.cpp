#include "node/identity_file.h"

#include <nlohmann/json.hpp>

#include "core/json.h"
#include "core/utc.h"
#include "sys/files.h"

namespace preemptd::node {
namespace {

constexpr std::size_t kLimit = 4096;

std::string path_in(const std::string& run_folder) {
  return run_folder + "/identity.json";
}

}  // namespace

void remember_boot(const std::string& run_folder, const std::string& boot_id, const BootMemory& memory) {
  core::Json document{{"boot_id", boot_id},
                      {"instance_id", memory.identity.instance_id},
                      {"region_id", memory.identity.region_id},
                      {"zone_id", memory.identity.zone_id},
                      {"instance_type", memory.identity.instance_type},
                      {"behavior", core::name_of(memory.behavior)},
                      {"looked", memory.looked},
                      {"first_time", nullptr}};
  if (memory.first_time) document["first_time"] = core::format_utc_millis(*memory.first_time);
  (void)sys::write_file_atomically(path_in(run_folder), core::dump_json_pretty(document), 0644, sys::Durable::no);
}

std::optional<BootMemory> recall_boot(const std::string& run_folder, const std::string& boot_id) {
  const auto text = sys::read_file(path_in(run_folder), kLimit, sys::Links::refuse);
  if (!text || !*text || boot_id.empty()) return std::nullopt;
  const auto document = core::parse_json(**text);
  if (!document || core::string_at(*document, "boot_id") != boot_id) return std::nullopt;
  const auto member = [&](std::string_view name) { return core::string_at(*document, name).value_or(""); };
  BootMemory memory;
  memory.identity = {member("instance_id"), member("region_id"), member("zone_id"), member("instance_type")};
  if (memory.identity.instance_id.empty()) return std::nullopt;
  for (const auto behavior : {core::Behavior::terminate, core::Behavior::stop})
    if (member("behavior") == core::name_of(behavior)) memory.behavior = behavior;
  memory.looked = core::bool_at(*document, "looked").value_or(false);
  memory.first_time = core::parse_utc(member("first_time"));
  return memory;
}

}  // namespace preemptd::node
