#include "core/duration.h"
#include "core/utc.h"
#include "fuzz/target.h"
#include "metadata/role_credentials.h"

namespace preemptd::fuzz {

void fuzz(std::string_view input) {
  if (const auto time = core::parse_utc(input)) {
    const auto again = core::parse_utc(core::format_utc_millis(*time));
    require(again && core::format_utc_millis(*again) == core::format_utc_millis(*time),
            "a time that is written is read");
  }
  if (const auto duration = core::parse_duration(input)) {
    const auto again = core::parse_duration(core::format_duration(*duration));
    require(again && *again == *duration, "a duration that is written is read");
  }
  if (const auto date = core::parse_http_date(input)) core::format_utc(*date);
  if (const auto end = metadata::parse_expiration(input)) core::format_utc(*end);
}

}  // namespace preemptd::fuzz
