#include "cli/host/notice_now.h"

#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/host/agent_at_work.h"
#include "core/json.h"
#include "node/identity_file.h"
#include "sys/files.h"

namespace preemptd::cli {

core::Result<std::optional<core::Notice>> published_notice(const std::string& run_folder) {
  const std::string path = run_folder + "/notice.json";
  const auto text = sys::read_file(path, core::kNoticeFileLimit);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return std::nullopt;
  auto notice = core::parse_notice(**text);
  if (!notice) return core::fail(notice.error().code, notice.error().what, path);
  return std::move(*notice);
}

core::Error with_remedy(core::Error unreadable_notice) {
  unreadable_notice.what += "; no drainer can act on it: move that file away, then try again";
  return unreadable_notice;
}

core::Identity published_identity(const std::string& run_folder) {
  core::Identity identity =
      node::recall_boot(run_folder, core::current_boot_id()).value_or(node::BootMemory{}).identity;
  const auto status = read_status(run_folder);
  if (!status || !identity.instance_id.empty()) return identity;
  const auto& instance = core::member_at(*status, "instance");
  identity.instance_id = core::string_at(instance, "instance_id").value_or("");
  identity.region_id = core::string_at(instance, "region_id").value_or("");
  identity.zone_id = core::string_at(instance, "zone_id").value_or("");
  identity.instance_type = core::string_at(instance, "instance_type").value_or("");
  return identity;
}

core::Deadline deadline_of(const core::Notice& notice) {
  const auto& clock = core::system_clock();
  return core::deadline_on_this_boot(notice, core::current_boot_id(), clock.boot_now(), clock.wall_now());
}

std::optional<core::Deadline> own_stop_by() {
  const char* text = std::getenv("PREEMPT_STOP_BY");
  if (text == nullptr) return std::nullopt;
  std::int64_t seconds = 0;
  const std::string_view digits(text);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  const auto& clock = core::system_clock();
  const core::WallTime at{core::Seconds(seconds)};
  return core::Deadline(clock.boot_now() + (at - clock.wall_now()));
}

}  // namespace preemptd::cli
