#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace preemptd::sys {

/// The service manager's notification protocol (sd_notify(3)), without libsystemd. Without a manager every call does
/// nothing; failures are ignored, since nobody could act on them. For one thread.
class ServiceNotify {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and removes them so that no child inherits them.
  static ServiceNotify from_environment();

  void ready(std::string_view status);
  void status(std::string_view text);  ///< one line for people
  void reloading();                    ///< to be followed by ready()
  void stopping();
  void watchdog();

  /// How long the manager waits for a watchdog(); feed it at half of this. Nothing: no watchdog is set for this
  /// process.
  std::optional<core::Millis> watchdog_limit() const { return watchdog_limit_; }
  bool present() const { return !socket_.empty(); }

 private:
  void send(const std::string& message);

  std::string socket_;
  std::optional<core::Millis> watchdog_limit_;
};

}  // namespace preemptd::sys
