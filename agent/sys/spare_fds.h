#pragma once
#include <cstddef>
#include <vector>

#include "sys/fd.h"

namespace preemptd::sys {

/// Descriptors held for the moment that must not fail for want of one. Taken at the start, so that under a tight limit
/// something that matters less gets none. For one thread.
class SpareFds {
 public:
  explicit SpareFds(std::size_t count) : count_(count) { hold(); }

  /// From now on anybody may use them: what is opened next finds room.
  void release() { held_.clear(); }
  /// Takes them back, as many as there are.
  void hold();
  std::size_t held() const { return held_.size(); }

 private:
  std::size_t count_;
  std::vector<Fd> held_;
};

}  // namespace preemptd::sys
