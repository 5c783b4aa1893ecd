#include "node/evidence.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"
#include "sys/files.h"

namespace preemptd::node {
namespace {

using core::Json;
using core::Result;

constexpr std::size_t kFileLimit = 1024 * 1024;

std::string folder_in(const std::string& state_folder) {
  return state_folder + "/watch/evidence";
}

Json json_of(const Poll& poll) {
  return {{"source", core::name_of(poll.source)},
          {"at", core::format_utc_millis(poll.wall)},
          {"boot_ms", std::chrono::floor<core::Millis>(poll.at.time_since_epoch()).count()},
          {"took_ms", poll.took.count()},
          {"answer", core::valid_utf8(poll.answer)},
          {"detail", core::valid_utf8(poll.detail)}};
}

Json json_of(const DeliveryAttempt& delivery) {
  return {{"at", core::format_utc_millis(delivery.at)},
          {"sink", core::valid_utf8(delivery.sink)},
          {"type", delivery.type},
          {"event_id", delivery.event_id},
          {"outcome", delivery.outcome},
          {"detail", core::valid_utf8(delivery.detail)},
          {"took_ms", delivery.took.count()}};
}

std::string text_at(const Json& object, std::string_view name) {
  return core::string_at(object, name).value_or("");
}
core::Millis millis_at(const Json& object, std::string_view name) {
  return core::Millis(core::integer_at(object, name).value_or(0));
}
core::WallTime wall_at(const Json& object, std::string_view name) {
  return core::parse_utc(text_at(object, name)).value_or(core::WallTime());
}

Poll poll_of(const Json& json) {
  Poll poll;
  poll.source = text_at(json, "source") == core::name_of(core::Source::metadata) ? core::Source::metadata
                                                                                 : core::Source::operation_lock;
  poll.at = core::BootTime(millis_at(json, "boot_ms"));
  poll.wall = wall_at(json, "at");
  poll.took = millis_at(json, "took_ms");
  poll.answer = text_at(json, "answer");
  poll.detail = text_at(json, "detail");
  return poll;
}

DeliveryAttempt delivery_of(const Json& json) {
  return {wall_at(json, "at"),      text_at(json, "sink"),   text_at(json, "type"),     text_at(json, "event_id"),
          text_at(json, "outcome"), text_at(json, "detail"), millis_at(json, "took_ms")};
}

/// The oldest files beyond kMostEvidence; what cannot be removed is left.
void prune(const std::string& folder) {
  std::vector<std::pair<timespec, std::string>> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    struct stat file {};
    if (entry->path().extension() == ".json" && ::lstat(entry->path().c_str(), &file) == 0)
      files.emplace_back(file.st_mtim, entry->path().string());
  }
  if (files.size() <= kMostEvidence) return;
  const auto newer = [](const auto& a, const auto& b) {
    return std::pair(a.first.tv_sec, a.first.tv_nsec) > std::pair(b.first.tv_sec, b.first.tv_nsec);
  };
  std::sort(files.begin(), files.end(), newer);
  for (std::size_t i = kMostEvidence; i < files.size(); ++i) std::filesystem::remove(files[i].second, error);
}

}  // namespace

std::string evidence_path(const std::string& state_folder, const std::string& notice_id) {
  return folder_in(state_folder) + "/" + notice_id + ".json";
}

std::string to_text(const std::vector<Evidence>& runs) {
  Json list = Json::array();
  for (const auto& run : runs) {
    Json polls = Json::array(), deliveries = Json::array();
    for (const auto& poll : run.polled.polls) polls.push_back(json_of(poll));
    for (const auto& delivery : run.deliveries) deliveries.push_back(json_of(delivery));
    list.push_back({{"agent_started", core::format_utc_millis(run.agent_started)},
                    {"polls", std::move(polls)},
                    {"polls_skipped", run.polled.skipped},
                    {"deliveries", std::move(deliveries)}});
  }
  return core::dump_json({{"version", 1}, {"runs", std::move(list)}}) + "\n";
}

Result<std::vector<Evidence>> parse_evidence(std::string_view text) {
  const auto json = core::parse_json(text);
  if (!json || !core::member_at(*json, "runs").is_array())
    return core::fail(core::ErrorCode::bad_reply, "is no evidence of a notice");
  std::vector<Evidence> runs;
  for (const auto& run : core::member_at(*json, "runs")) {
    Evidence evidence;
    evidence.agent_started = wall_at(run, "agent_started");
    const Json& polls = core::member_at(run, "polls");
    if (polls.is_array())
      for (const auto& poll : polls) evidence.polled.polls.push_back(poll_of(poll));
    evidence.polled.skipped =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, core::integer_at(run, "polls_skipped").value_or(0)));
    const Json& deliveries = core::member_at(run, "deliveries");
    if (deliveries.is_array())
      for (const auto& delivery : deliveries) evidence.deliveries.push_back(delivery_of(delivery));
    runs.push_back(std::move(evidence));
  }
  return runs;
}

Result<std::vector<Evidence>> read_evidence(const std::string& state_folder, const std::string& notice_id) {
  const std::string path = evidence_path(state_folder, notice_id);
  const auto text = sys::read_file(path, kFileLimit, sys::Links::refuse);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return std::vector<Evidence>{};
  auto runs = parse_evidence(**text);
  if (!runs) return core::fail(runs.error().code, runs.error().what, path);
  return runs;
}

Result<void> write_evidence(const std::string& state_folder, const std::string& notice_id, Evidence run) {
  auto runs = read_evidence(state_folder, notice_id).value_or(std::vector<Evidence>{});
  std::erase_if(runs, [&](const Evidence& other) { return other.agent_started == run.agent_started; });
  runs.push_back(std::move(run));
  if (runs.size() > kMostRuns) runs.erase(runs.begin(), runs.end() - static_cast<std::ptrdiff_t>(kMostRuns));
  const std::string folder = folder_in(state_folder);
  if (auto made = sys::make_folders(folder, 0750); !made) return made;
  if (auto written =
          sys::write_file_atomically(evidence_path(state_folder, notice_id), to_text(runs), 0640, sys::Durable::yes);
      !written)
    return written;
  prune(folder);
  return {};
}

}  // namespace preemptd::node
