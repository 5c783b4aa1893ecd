#include "report/outbox/outbox_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sys/files.h"

namespace preemptd::report {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

constexpr std::string_view kSuffix = ".json";
constexpr std::string_view kBroken = ".broken";
constexpr std::size_t kMostBroken = 3;
constexpr std::size_t kFileLimit = kEventLimit + 64 * 1024;

std::string sent_folder(const std::string& folder) {
  return folder + "/sent";
}

std::vector<std::string> names_with(const std::string& folder, std::string_view suffix) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    auto name = at->path().filename().string();
    if (name.ends_with(suffix) && !name.starts_with('.')) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

void remove_oldest(const std::string& folder, std::string_view suffix, std::size_t keep) {
  const auto names = names_with(folder, suffix);
  for (std::size_t i = 0; i + keep < names.size(); ++i) ::unlink((folder + "/" + names[i]).c_str());
}

void set_aside(const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name;
  ::rename(path.c_str(), (path + std::string(kBroken)).c_str());
  remove_oldest(folder, kBroken, kMostBroken);
}

void remove_temporary_files(const std::string& folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename().string();
    if (name.starts_with('.') && name.ends_with(".tmp")) ::unlink(at->path().c_str());
  }
}

enum class Broken { leave, set_aside };

std::vector<StoredReport> read_folder(const std::string& folder, Broken broken, StoredOutbox& outbox) {
  std::vector<StoredReport> reports;
  for (const auto& name : names_with(folder, kSuffix)) {
    outbox.highest = std::max(outbox.highest, number_of(name).value_or(0));
    const auto text = sys::read_file(folder + "/" + name, kFileLimit, sys::Links::refuse);
    auto stored = text && *text ? parse_file_text(name, **text)
                                : core::Result<StoredReport>(fail(ErrorCode::local, "cannot read"));
    if (stored) {
      reports.push_back(std::move(*stored));
      continue;
    }
    outbox.broken.push_back(folder + "/" + name);
    if (broken == Broken::set_aside) set_aside(folder, name);
  }
  return reports;
}

Result<void> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return core::fail_errno(errno, "cannot remove", path);
}

}  // namespace

std::optional<std::uint64_t> number_of(std::string_view name) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
  if (read.ec != std::errc{} || number == 0 || read.ptr == name.data() + name.size() || *read.ptr != '-')
    return std::nullopt;
  return number;
}

std::string file_name(std::uint64_t number, std::string_view event_id) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%010llu", static_cast<unsigned long long>(number));
  return std::string(digits) + "-" + std::string(event_id) + std::string(kSuffix);
}

std::string to_file_text(const CloudEvent& event, const std::map<std::string, DeliveryState>& marks) {
  Json sinks = Json::object();
  for (const auto& [sink, mark] : marks) sinks[sink] = name_of(mark);
  return core::dump_json(Json{{"version", 1}, {"event", Json::parse(to_structured(event))}, {"sinks", sinks}}) + "\n";
}

Result<StoredReport> parse_file_text(std::string_view name, std::string_view text) {
  const auto object = core::parse_json(text);
  if (!object) return tl::unexpected(object.error());
  if (core::integer_at(*object, "version") != 1) return fail(ErrorCode::bad_reply, "of another version");
  auto event = parse_structured(core::member_at(*object, "event"));
  if (!event) return tl::unexpected(event.error());
  StoredReport stored{number_of(name).value_or(0), std::move(*event), {}};
  if (stored.number == 0 || name != file_name(stored.number, stored.event.id)) {
    return fail(ErrorCode::bad_reply, "its name does not fit its content");
  }
  const Json& sinks = core::member_at(*object, "sinks");
  if (!sinks.is_object()) return fail(ErrorCode::bad_reply, "without sinks");
  for (const auto& [sink, mark] : sinks.items()) {
    const auto known = mark.is_string() ? delivery_state_from(mark.get<std::string>()) : std::nullopt;
    if (!known) return fail(ErrorCode::bad_reply, "a sink without a known mark");
    stored.marks[sink] = *known;
  }
  return stored;
}

Result<StoredOutbox> read_outbox(const std::string& folder) {
  if (::access(folder.c_str(), R_OK | X_OK) != 0 && errno != ENOENT)
    return core::fail_errno(errno, "cannot look into", folder);
  StoredOutbox outbox;
  outbox.owed = read_folder(folder, Broken::leave, outbox);
  outbox.sent = read_folder(sent_folder(folder), Broken::leave, outbox);
  return outbox;
}

Result<StoredOutbox> open_outbox(const std::string& folder) {
  if (auto made = sys::make_folders(sent_folder(folder), 0700); !made) return tl::unexpected(made.error());
  remove_temporary_files(folder);
  remove_temporary_files(sent_folder(folder));
  StoredOutbox outbox;
  outbox.owed = read_folder(folder, Broken::set_aside, outbox);
  outbox.sent = read_folder(sent_folder(folder), Broken::set_aside, outbox);
  return outbox;
}

Result<void> write_report(const std::string& folder, const Report& report) {
  const std::string path = folder + "/" + file_name(report.number, report.event.id);
  return sys::write_file_atomically(path, to_file_text(report.event, report.marks), 0600, sys::Durable::yes);
}

Result<void> settle_report(const std::string& folder, const Report& report) {
  const std::string name = file_name(report.number, report.event.id);
  const auto text = to_file_text(report.event, report.marks);
  auto kept = sys::write_file_atomically(sent_folder(folder) + "/" + name, text, 0600, sys::Durable::yes);
  auto removed = remove_file(folder + "/" + name);
  remove_oldest(sent_folder(folder), kSuffix, kMostSettled);
  return kept ? removed : kept;
}

Result<void> remove_report(const std::string& folder, const Report& report) {
  return remove_file(folder + "/" + file_name(report.number, report.event.id));
}

}  // namespace preemptd::report
