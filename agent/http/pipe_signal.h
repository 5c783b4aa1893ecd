#pragma once
#include <signal.h>

namespace preemptd::http {

/// While one lives, this thread gets no SIGPIPE from a connection that its peer has closed: libcurl, told to leave
/// signals alone as threads need it, writes TLS without MSG_NOSIGNAL, and the signal would end the process. A SIGPIPE
/// that was pending before stays pending. Costs nothing where `ignored` says that the process ignores the signal
/// anyway.
class PipeSignalHeld {
 public:
  explicit PipeSignalHeld(bool ignored);
  ~PipeSignalHeld();
  PipeSignalHeld(const PipeSignalHeld&) = delete;
  PipeSignalHeld& operator=(const PipeSignalHeld&) = delete;

  /// Does the process ignore SIGPIPE now?
  static bool is_ignored();

 private:
  bool held_ = false;
  sigset_t before_{};
};

}  // namespace preemptd::http
