#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sys/log/repeat_filter.h"

namespace preemptd::sys {

/// What a machine looks for in a line: `notice`, `hook`, `source`.
struct Field {
  std::string_view name;
  std::string value;
  bool in_text = true;  ///< false: the text says it already, or every line has it
};

/// The log of preemptd and preempt-drain: one line an event, to standard error. As text for people, with priority
/// prefixes for journald, or as one JSON object a line. Where standard error is the journal, an entry goes to the
/// journal's own socket, with PREEMPTD_EVENT= and a PREEMPTD_…= for each field; without that socket it is a line.
///
/// Every line is made printable and redacted. A reader that does not keep up costs lines (counted and reported), never
/// time. Of the same warning one is written a minute, of the same error three; the others are counted and reported.
/// The event names are listed in docs/log-events.md. Thread-safe.
class Log {
 public:
  struct Settings {
    std::string program = "preemptd";
    std::string level = "info";   ///< error, warning, info, debug
    std::string format = "auto";  ///< auto, text, json, journald
    std::string journal_socket = "/run/systemd/journal/socket";
  };
  explicit Log(const Settings& settings);
  ~Log();

  using Fields = std::vector<Field>;

  /// `event` is a stable name ("notice.seen"), `text` the sentence for a person.
  void say(Level level, std::string_view event, std::string_view text, Fields fields = {});
  void error(std::string_view event, std::string_view text, Fields fields = {});
  void warning(std::string_view event, std::string_view text, Fields fields = {});
  void info(std::string_view event, std::string_view text, Fields fields = {});

  /// Writes the counts of repeats that are a minute old. To be called every few seconds.
  void write_repeats();

  /// What every line from now on has besides its own fields; not in the text.
  void set_context(Fields fields);

  /// Level and format from now on.
  void reconfigure(std::string_view level, std::string_view format);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace preemptd::sys
