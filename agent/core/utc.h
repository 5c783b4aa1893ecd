#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace preemptd::core {

/// Reads the cloud's times, the whole string or nothing: "2015-01-05T18:02:00Z", without seconds ("…T18:02Z"), with a
/// fraction, with +00:00 / +0800 offsets, and the basic form "20190409T121826.922+0800". A zone is required: a local
/// time is never guessed. Surrounding blanks are the caller's to trim. Nothing: not such a time.
std::optional<WallTime> parse_utc(std::string_view text);

/// An HTTP Date header, IMF-fixdate only ("Sun, 06 Nov 1994 08:49:37 GMT"). Nothing: not such a date.
std::optional<WallTime> parse_http_date(std::string_view text);

/// RFC 3339, UTC, whole seconds: "2015-01-05T18:02:00Z".
std::string format_utc(WallTime time);

/// RFC 3339, UTC, with milliseconds: "2015-01-05T18:02:00.123Z".
std::string format_utc_millis(WallTime time);

/// Without punctuation, for file names and ids: "20150105T180200Z".
std::string format_utc_compact(WallTime time);

/// "18:02:00.123", for screens.
std::string format_clock_millis(WallTime time);

}  // namespace preemptd::core
