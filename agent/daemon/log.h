#pragma once
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "config/config.h"
#include "daemon/repeat_filter.h"

namespace preemptd::daemon {

struct Field {
  std::string_view name;
  std::string value;
};

/// The service's log: one line an event, to standard error. As text for people, with priority prefixes for journald, or
/// as one JSON object a line. Every line is made printable and redacted; a reader that does not keep up costs lines
/// (counted and told), never time. Of the same warning one is written a minute, of the same error three; the others are
/// counted and told. The event names are listed in docs/log-events.md. Thread-safe.
class Log {
 public:
  explicit Log(const config::Log& settings);
  ~Log();

  /// `event` is a stable name ("notice.seen"), `text` the sentence for a person, `fields` what a machine looks for.
  void say(Level level, std::string_view event, std::string_view text, std::initializer_list<Field> fields = {});

  /// Tells of the repeats that were only counted and are a minute old: to be called every few seconds.
  void tell_repeats();

  void reconfigure(const config::Log& settings);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace preemptd::daemon
