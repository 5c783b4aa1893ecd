#include "drain/hooks/hook_options.h"

#include <algorithm>
#include <charconv>

#include "core/duration.h"
#include "core/text.h"

namespace preemptd::drain {
namespace {

using core::HookSettings;

std::vector<std::string> comma_list(std::string_view text) {
  std::vector<std::string> parts;
  for (const auto part : core::split(text, ',')) parts.emplace_back(part);
  return parts;
}

class HeaderReader {
 public:
  explicit HeaderReader(HeaderSettings& out) : out_(out) {}

  void read_option(std::string_view option) {
    const auto equals = option.find('=');
    const std::string_view name = option.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : option.substr(equals + 1);
    HookSettings& s = out_.settings;
    if (name == "timeout") return read_duration(name, value, s.timeout);
    if (name == "reserve") return read_duration(name, value, s.reserve);
    if (name == "grace") return read_duration(name, value, s.grace);
    if (name == "repeatable") return read_flag(name, value, s.repeatable);
    if (name == "late") return read_flag(name, value, s.late);
    if (name == "importance") return read_importance(value);
    if (name == "stage") return read_stage(value);
    if (value.empty()) return complain(option, "is not of the form name=value");
    if (name == "user")
      s.user = value;
    else if (name == "events")
      s.events = comma_list(value);
    else
      complain_unknown(name);
  }

 private:
  void read_duration(std::string_view name, std::string_view value, std::optional<Millis>& target) {
    const auto parsed = core::parse_duration(value);
    if (!parsed) return complain(std::string(name) + "=" + std::string(value), parsed.error().what);
    target = *parsed;
  }
  void read_flag(std::string_view name, std::string_view value, std::optional<bool>& target) {
    if (value == "yes" || value == "true")
      target = true;
    else if (value == "no" || value == "false")
      target = false;
    else
      complain(std::string(name) + "=" + std::string(value), "must be yes or no");
  }
  void read_importance(std::string_view value) {
    if (!importance_of(value)) return complain("importance=" + std::string(value), "must be critical, normal or low");
    out_.settings.importance = value;
  }
  void read_stage(std::string_view value) {
    int stage = 0;
    const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), stage);
    if (wrong != std::errc{} || end != value.data() + value.size() || stage < 0 || stage > 99)
      return complain("stage=" + std::string(value), "must be a number from 0 to 99");
    out_.stage = stage;
  }
  void complain_unknown(std::string_view name) {
    static const std::vector<std::string> kKnown{"stage", "timeout",    "reserve", "grace", "importance",
                                                 "late",  "repeatable", "user",    "events"};
    const auto close = core::nearest(name, kKnown);
    complain(name, "is not an option" + (close ? "; did you mean " + *close + "?" : ""));
  }
  void complain(std::string_view what, std::string_view why) {
    out_.mistakes.push_back("'" + core::printable(what, 80) + "' " + std::string(why));
  }
  HeaderSettings& out_;
};

/// What follows "preemptd:" in a comment; nothing when the line is something else.
std::optional<std::string_view> options_in(std::string_view line) {
  line = core::trim(line);
  const bool hash = line.starts_with('#');
  if (!hash && !line.starts_with("//") && !line.starts_with("--")) return std::nullopt;
  line = core::trim(line.substr(hash ? 1 : 2));
  constexpr std::string_view kMark = "preemptd:";
  if (!line.starts_with(kMark)) return std::nullopt;
  return line.substr(kMark.size());
}

template <typename T>
void overlay(std::optional<T>& below, const std::optional<T>& above) {
  if (above) below = above;
}

HookSettings overlaid(HookSettings below, const HookSettings& above) {
  overlay(below.timeout, above.timeout);
  overlay(below.reserve, above.reserve);
  overlay(below.grace, above.grace);
  overlay(below.repeatable, above.repeatable);
  overlay(below.importance, above.importance);
  overlay(below.late, above.late);
  overlay(below.user, above.user);
  overlay(below.events, above.events);
  return below;
}

void set_events(HookOptions& options, const std::vector<std::string>& events, std::vector<std::string>& mistakes) {
  options.on_drain = options.on_undo = false;
  for (const auto& name : events) {
    const auto event = event_of(name);
    if (event == HookEvent::drain) options.on_drain = true;
    if (event == HookEvent::undo) options.on_undo = true;
    if (!event) mistakes.push_back("'" + core::printable(name, 80) + "' is not an event: drain, undo");
  }
  if (options.on_drain || options.on_undo) return;
  mistakes.emplace_back("its events name none that exists: it is called for all");
  options.on_drain = options.on_undo = true;
}

void set_importance(HookOptions& options, const std::string& name, std::vector<std::string>& mistakes) {
  const auto importance = importance_of(name);
  if (importance)
    options.importance = *importance;
  else
    mistakes.push_back("'" + core::printable(name, 80) + "' is not an importance: critical, normal, low");
}

}  // namespace

HeaderSettings parse_header(std::string_view first_bytes) {
  HeaderSettings out;
  HeaderReader reader(out);
  for (const auto line : core::split(first_bytes.substr(0, kHeaderLimit), '\n')) {
    const auto options = options_in(line);
    if (!options) continue;
    std::string words(*options);
    std::replace(words.begin(), words.end(), '\t', ' ');
    for (const auto word : core::split(core::trim(words), ' '))
      if (!word.empty()) reader.read_option(word);
  }
  return out;
}

HookOptions merge_options(const HookSettings& defaults, const HookSettings& header, const HookSettings& by_name,
                          std::vector<std::string>& mistakes) {
  const HookSettings all = overlaid(overlaid(defaults, header), by_name);
  HookOptions options;
  options.timeout = all.timeout;
  options.reserve = all.reserve;
  options.grace = all.grace.value_or(options.grace);
  options.repeatable = all.repeatable.value_or(options.repeatable);
  options.late = all.late.value_or(options.late);
  if (all.importance) set_importance(options, *all.importance, mistakes);
  options.user = all.user.value_or("");
  if (all.events) set_events(options, *all.events, mistakes);
  if (options.timeout == Millis(0)) {
    mistakes.emplace_back("a timeout of 0s would stop it at once: it has none");
    options.timeout.reset();
  }
  if (options.timeout && options.reserve && *options.reserve > *options.timeout) {
    mistakes.push_back("its reserve of " + core::format_duration(*options.reserve) + " is above its timeout of " +
                       core::format_duration(*options.timeout) + ": that much is reserved");
    options.reserve = options.timeout;
  }
  return options;
}

HookOptions sped_up(HookOptions options, int speed) {
  if (options.timeout) *options.timeout = std::max(*options.timeout / speed, Millis(1));
  if (options.reserve) *options.reserve /= speed;
  options.grace /= speed;
  return options;
}

}  // namespace preemptd::drain
