#include "core/version.h"

namespace preemptd::core {

std::string_view version() {
  return PREEMPTD_VERSION;
}

}  // namespace preemptd::core
