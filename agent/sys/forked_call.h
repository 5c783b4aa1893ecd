#pragma once
#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "sys/fd.h"
#include "sys/look.h"

namespace preemptd::sys {

/// A function that runs in a child process, so that whoever needs its answer need not wait for it: a look at a path on
/// a mount that does not answer. A child can be left behind even where the kernel does not let it die; a thread would
/// keep its whole process from ending. For one thread; several may have calls of their own.
class ForkedCall {
 public:
  /// The function gets the writing end of a pipe. It holds nothing of this process but memory as it was: descriptors
  /// are closed (0, 1 and 2 are /dev/null), locks included; it starts no thread. It dies with the thread that called
  /// this.
  using Body = std::function<void(int pipe)>;
  /// Local: no process or descriptor is left (`error_number` says which).
  static tl::expected<std::unique_ptr<ForkedCall>, int> start(const Body& body);
  /// A child that still runs is killed, and left behind where it does not die at once.
  ~ForkedCall();

  /// Readable when there is more; end of file when the function is over. Does not block.
  int fd() const { return pipe_.get(); }
  const LookNote& note() const { return *note_; }

 private:
  ForkedCall(pid_t child, Fd pidfd, Fd pipe, LookNote* note);

  pid_t child_;
  Fd pidfd_, pipe_;
  LookNote* note_;  ///< never unmapped under a child that may still write
};

}  // namespace preemptd::sys
