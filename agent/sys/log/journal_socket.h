#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sys/fd.h"

namespace preemptd::sys {

/// True where standard error is the journal's stream, as JOURNAL_STREAM says (systemd.exec(5)).
bool stderr_is_the_journal();

/// The journal's own protocol: one datagram an entry, with any number of fields (systemd's JOURNAL_NATIVE_PROTOCOL).
class JournalSocket {
 public:
  using Field = std::pair<std::string, std::string_view>;  ///< NAME, value on one line

  explicit JournalSocket(std::string path);

  /// Never waits. False: nobody listens, or the journal does not keep up; nothing was sent.
  bool send(const std::vector<Field>& entry) const;

 private:
  std::string path_;
  Fd socket_;
};

}  // namespace preemptd::sys
