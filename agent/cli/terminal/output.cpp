#include "cli/terminal/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/terminal/layout.h"
#include "cli/terminal/yaml.h"
#include "core/json.h"

namespace preemptd::cli {
namespace {

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::strong: return "\033[1m";
    case Tone::faint: return "\033[2m";
    case Tone::good: return "\033[32m";
    case Tone::warn: return "\033[33m";
    case Tone::bad: return "\033[31m";
    case Tone::plain: break;
  }
  return "";
}

bool environment_has(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

int terminal_width(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* columns = std::getenv("COLUMNS");
  return columns == nullptr ? 0 : std::max(0, std::atoi(columns));
}

}  // namespace

Style style_of_terminal() {
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  const bool plain = dumb || environment_has("NO_COLOR");
  Style style;
  const bool out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  style.colour = out_is_terminal && !plain;
  style.live = ::isatty(STDERR_FILENO) == 1 && !dumb;
  style.width = out_is_terminal ? terminal_width(STDOUT_FILENO) : 0;
  return style;
}

std::string Output::paint(Tone tone, std::string_view text) const {
  const auto code = code_of(tone);
  if (!style_.colour || code.empty() || text.empty()) return std::string(text);
  return std::string(code) + std::string(text) + "\033[0m";
}

void Output::raw(std::string_view bytes) {
  progress({});
  if (std::fwrite(bytes.data(), 1, bytes.size(), out_) != bytes.size()) healthy_ = false;
}

core::Result<void> Output::document(const Json& value) {
  const Json* shown = &value;
  if (!style_.query.empty()) {
    const std::string pointer = style_.query.front() == '/' ? style_.query : "/" + style_.query;
    const auto path = parse_pointer(pointer);
    if (!path) return tl::unexpected(path.error());
    shown = find_in(value, *path);
    if (shown == nullptr)
      return core::fail(core::ErrorCode::bad_input, "nothing at " + pointer + " in the answer", "--query");
  }
  if (style_.format == Format::yaml) {
    raw(yaml_text(*shown));
  } else if (style_.format == Format::text && !style_.query.empty()) {
    raw(bare_text(*shown));
  } else if (style_.format == Format::csv) {
    return core::fail(core::ErrorCode::bad_input, "these are no rows; use json, yaml or text", "--output csv");
  } else {
    raw(core::dump_json_pretty(*shown));
  }
  return {};
}

void Output::result(const Json& value, const Table& rows) {
  if (!shows_document()) {
    table(rows);
    flush();
    return;
  }
  const auto shown = document(value);
  flush();
  if (shown) return;
  error(shown.error());
  healthy_ = false;
}

void Output::table(const Table& rows) {
  if (style_.format == Format::text) {
    raw(tab_separated(rows));
  } else if (style_.format == Format::csv) {
    raw(comma_separated(rows));
  } else if (rows.rows.empty()) {
    if (!rows.when_empty.empty()) line(rows.when_empty);
  } else {
    raw(aligned(rows, style_.width, [this](Tone tone, std::string_view text) { return paint(tone, text); }));
  }
}

void Output::line(std::string_view text) {
  if (!for_people()) return;
  raw(std::string(text) + "\n");
}

void Output::say(Tone tone, std::string_view kind, std::string_view text) {
  progress({});
  std::fflush(out_);
  if (style_.format == Format::json) return say_json({{std::string(kind), std::string(text)}});
  std::string head = std::string(kind) + ":";
  if (style_.live && style_.colour) head = paint(tone, head);
  const std::string whole = head + " " + std::string(text) + "\n";
  std::fwrite(whole.data(), 1, whole.size(), err_);
}

void Output::flush() {
  if (std::fflush(out_) != 0) healthy_ = false;
}

void Output::note(std::string_view text) {
  say(Tone::faint, "note", text);
}
void Output::warning(std::string_view text) {
  say(Tone::warn, "warning", text);
}
void Output::error(std::string_view text) {
  problem({std::string(text), "", "", "", {}});
}
void Output::error(const core::Error& error) {
  problem({core::describe(error), std::string(core::name_of(error.code)), "", "", {}});
}

void Output::problem(const Problem& problem) {
  if (style_.format != Format::json) {
    say(Tone::bad, "error", problem.message);
    for (const auto& hint : problem.hints) note(hint);
    return;
  }
  progress({});
  std::fflush(out_);
  Json json{{"message", problem.message}};
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) json[name] = text;
  };
  std::string hint;
  for (const auto& each : problem.hints) hint += (hint.empty() ? "" : ". ") + each;
  add("code", problem.code);
  add("request_id", problem.request_id);
  add("action", problem.action);
  add("hint", hint);
  say_json({{"error", json}});
}

void Output::say_json(const Json& document) {
  const std::string line = core::dump_json(document) + "\n";
  std::fwrite(line.data(), 1, line.size(), err_);
}

void Output::progress(std::string_view text) {
  if (!style_.live || (text.empty() && !progress_shown_)) return;
  progress_shown_ = !text.empty();
  const std::string shown = "\r\033[K" + clipped(text, style_.width > 0 ? style_.width - 1 : 100);
  std::fwrite(shown.data(), 1, shown.size(), err_);
  std::fflush(err_);
}

}  // namespace preemptd::cli
