#include "cli/command/command.h"

namespace preemptd::cli {

Exit exit_for(const core::Error& error) {
  switch (error.code) {
    case core::ErrorCode::denied:
    case core::ErrorCode::throttled:
    case core::ErrorCode::refused: return Exit::refused;
    default: return Exit::failed;
  }
}

}  // namespace preemptd::cli
