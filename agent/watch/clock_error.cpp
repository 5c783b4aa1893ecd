#include "watch/clock_error.h"

namespace preemptd::watch {

core::Millis clock_error(core::WallTime local, core::WallTime server_date) {
  constexpr core::Millis kMiddleOfTheSecond{500}, kTolerance{1500};
  const core::Millis error = local - (server_date + kMiddleOfTheSecond);
  return error <= kTolerance && error >= -kTolerance ? core::Millis{0} : error;
}

}  // namespace preemptd::watch
