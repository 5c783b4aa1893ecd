#include "sys/log/log.h"

#include <poll.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/clock.h"
#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"
#include "sys/log/journal_socket.h"

namespace preemptd::sys {
namespace {

/// Writes whole lines to standard error and never waits for its reader.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// How many lines could not be written, once one could be again; counts from zero after that.
  std::uint64_t take_lost() { return lost_ > 0 && ready() ? lost_.exchange(0) : 0; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (!put(line)) ++lost_;
  }
  void flush_() override {}

 private:
  static bool ready() {
    pollfd end{STDERR_FILENO, POLLOUT, 0};
    return ::poll(&end, 1, 0) == 1 && (end.revents & POLLOUT) != 0;
  }
  static bool put(const spdlog::memory_buf_t& line) {
    return ready() && ::write(STDERR_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  }
  std::atomic<std::uint64_t> lost_{0};
};

enum class Form { text, prefixed, journal, json };

Form form_of(std::string_view name) {
  if (name == "json") return Form::json;
  if (name == "text") return Form::text;
  if (stderr_is_the_journal()) return Form::journal;
  return name == "journald" ? Form::prefixed : Form::text;
}

const char* pattern_of(Form form) {
  return form == Form::text ? "%Y-%m-%dT%H:%M:%S.%eZ %l %v" : "%v";
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::error: return spdlog::level::err;
    case Level::warning: return spdlog::level::warn;
    case Level::notice:
    case Level::info: return spdlog::level::info;
    case Level::debug: return spdlog::level::debug;
  }
  return spdlog::level::info;
}

/// syslog(3) priorities.
char priority_of(Level level) {
  switch (level) {
    case Level::error: return '3';
    case Level::warning: return '4';
    case Level::notice: return '5';
    case Level::info: return '6';
    case Level::debug: return '7';
  }
  return '6';
}

spdlog::level::level_enum level_named(std::string_view name) {
  if (name == "error") return spdlog::level::err;
  if (name == "warning") return spdlog::level::warn;
  return name == "debug" ? spdlog::level::debug : spdlog::level::info;
}

/// A pipe takes 4096 bytes (PIPE_BUF) whole or not at all. In JSON printable text grows to its double at most.
constexpr std::size_t kTextLimit = 3 * 1024, kFieldLimit = 256, kJsonTextLimit = 1200, kLineLimit = 4000;

std::string clean(std::string_view text, std::size_t limit) {
  return core::redact(core::printable(text, limit));
}

std::string json_line(const LogEntry& entry) {
  core::Json line{{"time", core::format_utc_millis(core::system_clock().wall_now())},
                  {"level", spdlog::level::to_string_view(spdlog_level(entry.level)).data()},
                  {"event", entry.event},
                  {"text", clean(entry.text, kJsonTextLimit)}};
  std::string text = core::dump_json(line);
  for (const auto& field : entry.fields) {
    line[field.name] = clean(field.value, kFieldLimit);
    std::string longer = core::dump_json(line);
    if (longer.size() > kLineLimit) break;
    text = std::move(longer);
  }
  return text;
}

std::string text_of(const LogEntry& entry) {
  std::string line = entry.event + ": " + clean(entry.text, kTextLimit);
  for (const auto& field : entry.fields) {
    if (!field.in_text) continue;
    std::string shown = " " + field.name + "=" + clean(field.value, kFieldLimit);
    if (line.size() + shown.size() <= kLineLimit) line += shown;
  }
  return line;
}

/// notice -> PREEMPTD_NOTICE_ID, hook -> PREEMPTD_HOOK.
std::string journal_name(const std::string& field) {
  std::string name = "PREEMPTD_" + field + (field == "notice" ? "_id" : "");
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  return name;
}

/// An error may be what somebody looks for after the repair, so it is not hidden at once.
int most_a_minute(Level level) {
  return level == Level::error ? 3 : 1;
}

}  // namespace

struct Log::Parts {
  explicit Parts(const Settings& settings) : program(settings.program), journal_path(settings.journal_socket) {}

  const std::string program, journal_path;
  std::shared_ptr<StderrSink> sink = std::make_shared<StderrSink>();
  spdlog::logger logger{program, sink};
  std::atomic<Form> form{Form::text};
  std::mutex mutex;  ///< of the rest
  std::optional<JournalSocket> journal;
  RepeatFilter repeats;
  std::vector<LogEntry::Field> context;

  void write(LogEntry entry, std::uint64_t repeats_before) {
    if (repeats_before > 0)
      entry.text +=
          " (the same " + std::to_string(repeats_before) + (repeats_before == 1 ? " time since)" : " times since)");
    {
      const std::lock_guard lock(mutex);
      entry.fields.insert(entry.fields.end(), context.begin(), context.end());
    }
    const Form now = form;
    const std::string line = now == Form::json ? json_line(entry) : text_of(entry);
    if (now == Form::journal && send_to_journal(entry, line)) return;
    const bool prefixed = now == Form::journal || now == Form::prefixed;
    put(entry.level, prefixed ? std::string{'<', priority_of(entry.level), '>'} + line : line);
  }

 private:
  void put(Level level, const std::string& line) { logger.log(spdlog_level(level), spdlog::string_view_t(line)); }

  bool send_to_journal(const LogEntry& entry, const std::string& line) {
    const char priority = priority_of(entry.level);
    std::vector<std::string> values;
    values.reserve(entry.fields.size());
    std::vector<JournalSocket::Field> fields{{"MESSAGE", line},
                                             {"PRIORITY", {&priority, 1}},
                                             {"SYSLOG_IDENTIFIER", program},
                                             {"PREEMPTD_EVENT", entry.event}};
    for (const auto& field : entry.fields)
      fields.emplace_back(journal_name(field.name), values.emplace_back(clean(field.value, kFieldLimit)));
    const std::lock_guard lock(mutex);
    if (!journal) journal.emplace(journal_path);
    return journal->send(fields);
  }
};

Log::Log(const Settings& settings) : parts_(std::make_unique<Parts>(settings)) {
  reconfigure(settings.level, settings.format);
}
Log::~Log() = default;

void Log::set_context(Fields fields) {
  const std::lock_guard lock(parts_->mutex);
  parts_->context.clear();
  for (auto& field : fields) parts_->context.push_back({std::string(field.name), std::move(field.value), false});
}

void Log::reconfigure(std::string_view level, std::string_view format) {
  const Form form = form_of(format);
  parts_->form = form;
  parts_->logger.set_level(level_named(level));
  parts_->sink->set_formatter(
      std::make_unique<spdlog::pattern_formatter>(pattern_of(form), spdlog::pattern_time_type::utc, "\n"));
}

void Log::say(Level level, std::string_view event, std::string_view text, Fields fields) {
  if (!parts_->logger.should_log(spdlog_level(level))) return;
  if (const auto lost = parts_->sink->take_lost(); lost > 0)
    say(Level::error, "log.lost",
        "the log's reader does not keep up: " + std::to_string(lost) +
            (lost == 1 ? " line is lost" : " lines are lost"));
  LogEntry entry{level, std::string(event), std::string(text), {}};
  for (auto& field : fields) entry.fields.push_back({std::string(field.name), std::move(field.value), field.in_text});
  RepeatFilter::Verdict verdict;
  if (level == Level::error || level == Level::warning) {
    const std::lock_guard lock(parts_->mutex);
    verdict = parts_->repeats.admit(entry, most_a_minute(level), core::system_clock().boot_now());
  }
  if (verdict.write) parts_->write(std::move(entry), verdict.skipped);
}

void Log::error(std::string_view event, std::string_view text, Fields fields) {
  say(Level::error, event, text, std::move(fields));
}
void Log::warning(std::string_view event, std::string_view text, Fields fields) {
  say(Level::warning, event, text, std::move(fields));
}
void Log::info(std::string_view event, std::string_view text, Fields fields) {
  say(Level::info, event, text, std::move(fields));
}

void Log::write_repeats() {
  std::vector<std::pair<LogEntry, std::uint64_t>> due;
  {
    const std::lock_guard lock(parts_->mutex);
    due = parts_->repeats.due(core::system_clock().boot_now());
  }
  for (auto& [entry, times] : due) parts_->write(std::move(entry), times);
}

}  // namespace preemptd::sys
