#pragma once
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "config/config.h"

namespace preemptd::daemon {

enum class Level { error, warning, info, debug };

struct Field {
  std::string_view name;
  std::string value;
};

/// The service's log: one line an event, to standard error. As text for people, with priority prefixes for journald, or as
/// one JSON object a line. Every line is made printable and redacted; a reader that does not keep up costs lines (counted
/// and told), never time. The same warning within a minute is only counted. The event names are listed in
/// docs/log-events.md. Thread-safe.
class Log {
 public:
  explicit Log(const config::Log& settings);
  ~Log();

  /// `event` is a stable name ("notice.seen"), `text` the sentence for a person, `fields` what a machine looks for.
  void say(Level level, std::string_view event, std::string_view text, std::initializer_list<Field> fields = {});

  void reconfigure(const config::Log& settings);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace preemptd::daemon
