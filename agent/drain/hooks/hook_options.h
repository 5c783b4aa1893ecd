#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hook_settings.h"
#include "drain/hooks/hook.h"

namespace preemptd::drain {

/// What a script says of itself in its first 4 KiB, in comment lines of the form
///     # preemptd: stage=20 timeout=90s reserve=20s grace=5s importance=critical late=no repeatable=no user=app
///     # preemptd: events=drain,undo
/// ("//" and "--" start a comment, too; later lines win). Mistakes are sentences for a person; the rest of a line with
/// a mistake still counts, because a typing error must not stop a drain.
struct HeaderSettings {
  core::HookSettings settings;
  std::optional<int> stage;  ///< where `preemptctl hooks enable` links it in (0 to 99); a drain goes by the name alone
  std::vector<std::string> mistakes;
};
HeaderSettings parse_header(std::string_view first_bytes);

inline constexpr std::size_t kHeaderLimit = 4096;

/// Lays the places over each other, the strongest last: `defaults` ([hooks]), the script's header, the hook's own
/// section. Mistakes (an unknown event, a reserve above the timeout) are added to `mistakes` and corrected in the safe
/// direction.
HookOptions merge_options(const core::HookSettings& defaults, const core::HookSettings& header,
                          const core::HookSettings& by_name, std::vector<std::string>& mistakes);

/// Every limit divided by `speed`, for rehearsals in fast motion.
HookOptions sped_up(HookOptions options, int speed);

}  // namespace preemptd::drain
