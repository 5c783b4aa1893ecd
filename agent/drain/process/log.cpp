#include "drain/process/log.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "core/clock.h"
#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::drain {
namespace {

/// A pipe that is ready takes a line of 4096 bytes without blocking (PIPE_BUF). In JSON printable text grows to its
/// double at most.
constexpr std::size_t kLongestText = 4096 - 256, kLongestInJson = kLongestText / 2;

/// systemd says which stream is the journal's: "device:inode" in JOURNAL_STREAM.
bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == stream;
}

}  // namespace

Log::Log(std::string_view format)
    : form_(format == "json"                                                        ? Form::json
            : format == "journald" || (format == "auto" && stderr_is_the_journal()) ? Form::journald
                                                                                    : Form::text) {}

bool Log::ready() const {
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0;
}

std::string Log::line_of(int priority, const std::string& text) const {
  if (form_ == Form::journald) return "<" + std::to_string(priority) + ">" + text;
  const std::string time = core::format_utc_millis(core::system_clock().wall_now());
  const std::string level = priority <= 3 ? "error" : priority == 4 ? "warning" : "info";
  if (form_ == Form::text) return time + " " + level + " " + text;
  return core::dump_json({{"time", time}, {"level", level}, {"event", "drainer"}, {"text", text}});
}

void Log::write(int priority, std::string_view line) {
  if (!ready()) {
    ++dropped_;
    return;
  }
  std::string text;
  if (dropped_ > 0) text = "(" + std::to_string(dropped_) + " lines before this one were lost: nobody read the log) ";
  dropped_ = 0;
  text += core::printable(core::redact(line), form_ == Form::json ? kLongestInJson : kLongestText);
  text = line_of(priority, text) + "\n";
  // A full disk or a closed pipe behind stderr costs the line, not the drain. SIGPIPE is ignored by main.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace preemptd::drain
