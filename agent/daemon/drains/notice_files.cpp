#include "daemon/drains/notice_files.h"

#include <unistd.h>

#include "sys/files.h"

namespace preemptd::daemon {
namespace {

/// Four times the largest notice: the old file, the new one beside it, and a page each to spare.
constexpr std::size_t kReserved = 4 * core::kNoticeFileLimit;

core::Result<std::optional<core::Notice>> read(const std::string& path) {
  const auto text = sys::read_file(path, core::kNoticeFileLimit, sys::Links::refuse);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return std::nullopt;
  auto notice = core::parse_notice(**text);
  if (!notice) return core::fail(notice.error().code, notice.error().what, path);
  return *notice;
}

}  // namespace

NoticeFiles::NoticeFiles(const std::string& run_folder, const std::string& state_folder)
    : public_path_(run_folder + "/notice.json"),
      kept_path_(state_folder + "/watch/notice.json"),
      reserve_path_(run_folder + "/reserve") {}

core::Result<void> NoticeFiles::reserve() const {
  return sys::write_file_atomically(reserve_path_, std::string(kReserved, '\0'), 0600, sys::Durable::no);
}

core::Result<void> NoticeFiles::publish(const core::Notice& notice) const {
  const std::string text = core::to_json_text(notice);
  auto written = sys::write_file_atomically(public_path_, text, 0644, sys::Durable::no);
  if (written || ::unlink(reserve_path_.c_str()) != 0) return written;
  return sys::write_file_atomically(public_path_, text, 0644, sys::Durable::no);
}

core::Result<void> NoticeFiles::keep(const core::Notice& notice) const {
  if (auto made = sys::make_folders(sys::folder_of(kept_path_), 0750); !made) return made;
  return sys::write_file_atomically(kept_path_, core::to_json_text(notice), 0640, sys::Durable::yes);
}

std::optional<core::Notice> NoticeFiles::find(std::vector<core::Error>& errors) const {
  for (const auto& path : {public_path_, kept_path_}) {
    auto found = read(path);
    if (!found) {
      errors.push_back(found.error());
    } else if (*found) {
      return **found;
    }
  }
  return std::nullopt;
}

core::Result<std::optional<core::Notice>> NoticeFiles::read_public() const {
  return read(public_path_);
}

void NoticeFiles::forget() const {
  ::unlink(public_path_.c_str());
  ::unlink(kept_path_.c_str());
}

}  // namespace preemptd::daemon
