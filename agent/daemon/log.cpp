#include "daemon/log.h"

#include <poll.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>

#include "core/clock.h"
#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::daemon {
namespace {

/// Writes whole lines to standard error and never waits for its reader.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// How many lines could not be written, once one could be again; counts anew from then on.
  std::uint64_t take_lost() { return lost_ > 0 && ready() ? lost_.exchange(0) : 0; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::string line(message.payload.data(), message.payload.size());
    line += '\n';
    if (!put(line)) ++lost_;
  }
  void flush_() override {}

 private:
  static bool ready() {
    pollfd end{STDERR_FILENO, POLLOUT, 0};
    return ::poll(&end, 1, 0) == 1;
  }
  static bool put(const std::string& line) {
    return ready() && ::write(STDERR_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  }
  std::atomic<std::uint64_t> lost_{0};
};

enum class Form { text, journald, json };

/// journald says which file it listens on as "device:inode" in JOURNAL_STREAM (systemd.exec(5)).
bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat file {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &file) != 0) return false;
  return std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino) == stream;
}

Form form_of(const std::string& name) {
  if (name == "json") return Form::json;
  if (name == "text") return Form::text;
  if (name == "journald") return Form::journald;
  return stderr_is_the_journal() ? Form::journald : Form::text;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::error: return spdlog::level::err;
    case Level::warning: return spdlog::level::warn;
    case Level::info: return spdlog::level::info;
    case Level::debug: return spdlog::level::debug;
  }
  return spdlog::level::info;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::error: return "error";
    case Level::warning: return "warning";
    case Level::info: return "info";
    case Level::debug: return "debug";
  }
  return "info";
}

/// syslog(3) priorities, as journald reads them from the front of a line (sd-daemon(3)).
const char* priority_of(Level level) {
  switch (level) {
    case Level::error: return "<3>";
    case Level::warning: return "<4>";
    case Level::info: return "<6>";
    case Level::debug: return "<7>";
  }
  return "<6>";
}

Level level_of(const std::string& name) {
  if (name == "error") return Level::error;
  if (name == "warning") return Level::warning;
  return name == "debug" ? Level::debug : Level::info;
}

/// A line fits into a pipe's atomic write even when every character of it needs escaping.
constexpr std::size_t kTextLimit = 1024, kFieldLimit = 256;

std::string clean(std::string_view text, std::size_t limit) {
  return core::redact(core::printable(text, limit));
}

std::string json_line(const LogEntry& said) {
  core::Json line{{"time", core::format_utc_millis(core::system_clock().wall_now())},
                  {"level", name_of(said.level)},
                  {"event", said.event},
                  {"text", clean(said.text, kTextLimit)}};
  for (const auto& [name, value] : said.fields) line[name] = clean(value, kFieldLimit);
  return core::dump_json(line);
}

std::string text_line(Form form, const LogEntry& said) {
  std::string line;
  if (form == Form::journald) {
    line = priority_of(said.level);
  } else {
    line = core::format_utc_millis(core::system_clock().wall_now()) + " " + std::string(name_of(said.level)) + " ";
  }
  line += said.event + ": " + clean(said.text, kTextLimit);
  for (const auto& [name, value] : said.fields) line += " " + name + "=" + clean(value, kFieldLimit);
  return line;
}

/// An error may be what somebody looks for after mending, so it is not hidden at once.
int most_a_minute(Level level) {
  return level == Level::error ? 3 : 1;
}

}  // namespace

struct Log::Parts {
  std::shared_ptr<StderrSink> sink = std::make_shared<StderrSink>();
  spdlog::logger logger{"preemptd", sink};
  std::atomic<Form> form{Form::text};
  std::mutex mutex;
  RepeatFilter repeats;

  void write(LogEntry said, std::uint64_t repeats_before) {
    if (repeats_before > 0)
      said.text +=
          " (the same " + std::to_string(repeats_before) + (repeats_before == 1 ? " time since)" : " times since)");
    const Form now = form;
    const std::string line = now == Form::json ? json_line(said) : text_line(now, said);
    logger.log(spdlog_level(said.level), spdlog::string_view_t(line));
  }
};

Log::Log(const config::Log& settings) : parts_(std::make_unique<Parts>()) {
  reconfigure(settings);
}
Log::~Log() = default;

void Log::reconfigure(const config::Log& settings) {
  parts_->form = form_of(settings.format);
  parts_->logger.set_level(spdlog_level(level_of(settings.level)));
}

void Log::say(Level level, std::string_view event, std::string_view text, std::initializer_list<Field> fields) {
  if (!parts_->logger.should_log(spdlog_level(level))) return;
  if (const auto lost = parts_->sink->take_lost(); lost > 0)
    say(Level::error, "log.lost",
        "the log's reader does not keep up: " + std::to_string(lost) +
            (lost == 1 ? " line is lost" : " lines are lost"));
  LogEntry said{level, std::string(event), std::string(text), {}};
  for (const auto& field : fields) said.fields.emplace_back(field.name, field.value);
  RepeatFilter::Verdict verdict;
  if (level == Level::error || level == Level::warning) {
    const std::lock_guard lock(parts_->mutex);
    verdict = parts_->repeats.admit(said, most_a_minute(level), core::system_clock().boot_now());
  }
  if (verdict.write) parts_->write(std::move(said), verdict.skipped);
}

void Log::tell_repeats() {
  std::vector<std::pair<LogEntry, std::uint64_t>> due;
  {
    const std::lock_guard lock(parts_->mutex);
    due = parts_->repeats.due(core::system_clock().boot_now());
  }
  for (auto& [said, times] : due) parts_->write(std::move(said), times);
}

}  // namespace preemptd::daemon
