#include "cli/command/command.h"

namespace preemptd::cli {

Exit exit_for(const core::Error& error) {
  switch (error.code) {
    case core::ErrorCode::denied:
    case core::ErrorCode::throttled:
    case core::ErrorCode::refused: return Exit::refused;
    case core::ErrorCode::unreachable:
    case core::ErrorCode::timed_out:
    case core::ErrorCode::untrusted:
    case core::ErrorCode::bad_reply:
    case core::ErrorCode::bad_input:
    case core::ErrorCode::local:
    case core::ErrorCode::cancelled: break;
  }
  return Exit::failed;
}

}  // namespace preemptd::cli
