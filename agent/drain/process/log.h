#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace preemptd::drain {

/// One line an event, on stderr; nothing goes to stdout. For journald lines carry their priority ("<4>"), for people
/// the UTC time, for machines they are JSON objects. Never blocks and never fails: a line that stderr cannot take at
/// once is dropped and counted, because a stuck reader of the log must not stop a drain. For one thread.
class Log {
 public:
  /// `format` is what log.format may be: auto, text, json, journald.
  explicit Log(std::string_view format);

  void error(std::string_view line) { write(3, line); }
  void warning(std::string_view line) { write(4, line); }
  void info(std::string_view line) { write(6, line); }

 private:
  enum class Form { text, json, journald };

  void write(int priority, std::string_view line);
  std::string line_of(int priority, const std::string& text) const;
  bool ready() const;

  Form form_;
  std::uint64_t dropped_ = 0;
};

}  // namespace preemptd::drain
