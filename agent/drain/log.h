#pragma once
#include <cstdint>
#include <string_view>

namespace preemptd::drain {

/// One line an event, on stderr; nothing goes to stdout. Under journald lines carry their priority ("<4>"), elsewhere the
/// UTC time. Never blocks and never fails: a line that stderr cannot take at once is dropped and counted, because a stuck
/// reader of the log must not stop a drain. For one thread.
class Log {
 public:
  Log();

  void error(std::string_view line) { write(3, line); }
  void warning(std::string_view line) { write(4, line); }
  void info(std::string_view line) { write(6, line); }

 private:
  void write(int priority, std::string_view line);
  bool ready() const;

  bool journald_ = false;
  std::uint64_t dropped_ = 0;
};

}  // namespace preemptd::drain
