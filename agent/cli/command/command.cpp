#include "cli/command/command.h"

namespace preemptd::cli {

Exit exit_for(const core::Error& error) {
  switch (error.fault) {
    case core::Fault::denied:
    case core::Fault::throttled:
    case core::Fault::refused:
      return Exit::refused;
    default:
      return Exit::failed;
  }
}

}  // namespace preemptd::cli
