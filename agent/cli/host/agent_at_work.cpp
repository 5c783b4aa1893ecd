#include "cli/host/agent_at_work.h"

#include <nlohmann/json.hpp>

#include "core/text.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

constexpr std::size_t kStatusLimit = 1024 * 1024;

}  // namespace

bool is_running(const core::Json& status) {
  const auto pid = core::integer_at(status, "pid").value_or(0);
  const auto name = sys::read_file("/proc/" + std::to_string(pid) + "/comm", 64);
  return name && *name && core::trim(**name) == "preemptd";
}

core::Result<core::Json> read_status(const std::string& run_folder) {
  const std::string path = run_folder + "/status.json";
  const auto text = sys::read_file(path, kStatusLimit);
  if (!text) return tl::unexpected(text.error());
  if (!*text)
    return core::fail(core::ErrorCode::bad_input,
                      "preemptd has not run since this machine started: there is no " + path);
  auto status = core::parse_json(**text);
  if (!status) return core::fail(status.error().code, status.error().what, path);
  return status;
}

}  // namespace preemptd::cli
