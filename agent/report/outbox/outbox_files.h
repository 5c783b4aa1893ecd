#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "report/outbox/outbox.h"

/// The outbox on disk: one file per report, "0000000012-<event id>.json", holding the CloudEvent and how it stands with
/// each sink. What every sink has got moves to sent/, where the last kMostSettled are kept, so that a report put
/// again after a crash is not delivered twice, and can be sent again when somebody asks for it.
///
///   {"version": 1, "event": {…CloudEvent…}, "sinks": {"ops": "delivered", "chat": "owed"}}
///
/// All functions block as long as the disk does.
namespace preemptd::report {

struct StoredReport {
  std::uint64_t number = 0;
  CloudEvent event;
  std::map<std::string, DeliveryState> marks;
};

struct StoredOutbox {
  std::vector<StoredReport> owed;   ///< in order
  std::vector<StoredReport> sent;   ///< in order
  std::vector<std::string> broken;  ///< files that could not be read; set aside as NAME.broken, the last 3 kept
  std::uint64_t highest = 0;        ///< number in any file name
};

/// The number in front of a file's name; nothing when the name is not of our making.
std::optional<std::uint64_t> number_of(std::string_view name);
std::string file_name(std::uint64_t number, std::string_view event_id);
std::string to_file_text(const CloudEvent& event, const std::map<std::string, DeliveryState>& marks);
/// bad_reply when the text is not such a file or its name does not fit its content.
core::Result<StoredReport> parse_file_text(std::string_view name, std::string_view text);

/// Looks only, and may do so beside a running preemptd. What cannot be read is named in `broken`. A missing folder is
/// empty.
core::Result<StoredOutbox> read_outbox(const std::string& folder);

/// Makes the folders (0700) where they are missing, and reads what is there; what cannot be read is left out, not a
/// failure.
core::Result<StoredOutbox> open_outbox(const std::string& folder);

/// Whole or not at all, and safe from power loss once it returns; also the way to note that one sink has got it.
core::Result<void> write_report(const std::string& folder, const Report& report);
/// Into sent/, and the oldest there out of it.
core::Result<void> settle_report(const std::string& folder, const Report& report);
/// Gone without a trace.
core::Result<void> remove_report(const std::string& folder, const Report& report);

}  // namespace preemptd::report
