#include "core/notice.h"
#include "fuzz/target.h"

namespace preemptd::fuzz {

void fuzz(std::string_view input) {
  const auto notice = core::parse_notice(input);
  if (!notice) return;
  const auto text = core::to_json_text(*notice);
  const auto again = core::parse_notice(text);
  require(again.has_value(), "a notice that is written is read");
  require(*again == *notice, "and is the same");
  const core::BootTime now{core::Seconds(1000)};
  const core::WallTime wall{core::Seconds(1'800'000'000)};
  core::deadline_on_this_boot(*notice, notice->boot_id, now, wall).left(now);
  core::deadline_on_this_boot(*notice, "another", now, wall).left(now);
}

}  // namespace preemptd::fuzz
