#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/identity.h"
#include "core/json.h"
#include "core/result.h"

namespace preemptd::core {

/// Where a notice was learnt.
enum class Source { metadata, operation_lock, manual, shutdown };
std::string_view name_of(Source source);  // "metadata", "operation-lock", "manual", "shutdown"

/// What the cloud does with the instance at the end (SpotInterruptionBehavior).
enum class Behavior { unknown, terminate, stop };
std::string_view name_of(Behavior behavior);

enum class NoticeState {
  pending,    ///< drain by the deadline
  withdrawn,  ///< taken back: undo what the drain did
};
std::string_view name_of(NoticeState state);

/// The cloud says this instance goes, and when. This is the one value that crosses from the unprivileged watcher to the
/// root drainer: as the file notice.json, documented in docs/reference/notice-file.md and read strictly by
/// parse_notice.
struct Notice {
  std::string id;  ///< stable over restarts, reboots and moved times: [A-Za-z0-9._-]{1,128}
  NoticeState state = NoticeState::pending;
  Identity instance;
  bool returned = false;  ///< withdrawn because the instance came back after its time: its lock may still be there
  std::vector<Source> sources;  ///< in the order they spoke; never empty
  Behavior behavior = Behavior::unknown;
  WallTime termination_time{};  ///< by the cloud's clock
  bool exact = false;           ///< false: a conservative guess, because only the lock has spoken
  BootTime deadline{};          ///< the same instant on the boot clock of boot `boot_id`
  std::string boot_id;
  WallTime seen_at{};       ///< local wall clock when first seen
  BootTime seen_at_boot{};  ///< boot clock when first seen
  Millis clock_error{0};    ///< local wall clock minus the cloud's, as measured
  bool rehearsal = false;
  int speed = 1;       ///< rehearsals only: hook limits are divided by this; 1..1000
  std::string reason;  ///< drains the cloud did not ask for: why

  bool operator==(const Notice&) const = default;
};

/// Longest notice file anybody will read.
inline constexpr std::size_t kNoticeFileLimit = 16 * 1024;
/// Longest reason, in bytes.
inline constexpr std::size_t kReasonLimit = 1024;

std::string to_json_text(const Notice& notice);

/// Strict: every member must be there, of its type, and within its alphabet and range. Unknown members are ignored, so
/// that an older drainer can read a newer watcher's file; a higher `version` is refused.
Result<Notice> parse_notice(std::string_view text);

/// The deadline on the clock of this boot. On another boot than the notice's it is computed again from the termination
/// time and the measured clock error.
Deadline deadline_on_this_boot(const Notice& notice, std::string_view boot_id, BootTime boot_now, WallTime wall_now);

/// True while the cloud has not spoken: an operator's drain, or one because of a shutdown (drain.on_shutdown).
bool is_ours(const Notice& notice);

/// True for a name safe as a path component and in ids: [A-Za-z0-9][A-Za-z0-9._-]{0,127}.
bool is_plain_name(std::string_view text);

}  // namespace preemptd::core
