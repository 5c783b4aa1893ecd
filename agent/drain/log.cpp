#include "drain/log.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "core/clock.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::drain {
namespace {

/// A pipe that is ready takes this much without blocking (PIPE_BUF).
constexpr std::size_t kLongestLine = 4096;

/// systemd says which stream is the journal's: "device:inode" in JOURNAL_STREAM.
bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == stream;
}

}  // namespace

Log::Log() : journald_(stderr_is_the_journal()) {}

bool Log::ready() const {
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0;
}

void Log::write(int priority, std::string_view line) {
  if (!ready()) {
    ++dropped_;
    return;
  }
  std::string text = journald_ ? "<" + std::to_string(priority) + ">"
                               : core::format_utc_millis(core::system_clock().wall_now()) +
                                     (priority <= 3 ? " ERROR " : priority == 4 ? " WARNING " : " INFO ");
  if (dropped_ > 0) text += "(" + std::to_string(dropped_) + " lines before this one were lost: nobody read the log) ";
  dropped_ = 0;
  text += core::printable(core::redact(line), kLongestLine - 256);
  text += '\n';
  // A full disk or a closed pipe behind stderr costs the line, not the drain. SIGPIPE is ignored by main.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace preemptd::drain
