#include "core/notice.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/utc.h"

namespace preemptd::core {
namespace {

constexpr int kVersion = 1;

template <typename Enum, std::size_t N>
std::optional<Enum> enum_of(std::string_view text, const std::array<Enum, N>& values) {
  const auto found = std::find_if(values.begin(), values.end(), [&](Enum value) { return name_of(value) == text; });
  if (found == values.end()) return std::nullopt;
  return *found;
}

constexpr std::array kSources{Source::metadata, Source::operation_lock, Source::manual, Source::shutdown};
constexpr std::array kBehaviors{Behavior::unknown, Behavior::terminate, Behavior::stop};
constexpr std::array kStates{NoticeState::pending, NoticeState::withdrawn};

/// Values that end up in the environment of hooks: nothing a shell, a log or a path could stumble over.
bool is_value(std::string_view text) {
  return text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  std::string_view("._:/+-").find(c) != std::string_view::npos;
         });
}

/// Reads members and remembers the first that was missing or wrong.
class NoticeReader {
 public:
  explicit NoticeReader(const Json& object) : object_(object) {}

  std::string value(std::string_view name) {
    auto text = string_at(object_, name);
    if (!text || !is_value(*text)) return miss(name), std::string{};
    return *text;
  }
  template <typename Enum, std::size_t N>
  Enum word(std::string_view name, const std::array<Enum, N>& values) {
    const auto text = string_at(object_, name);
    const auto found = text ? enum_of(*text, values) : std::nullopt;
    if (!found) return miss(name), values[0];
    return *found;
  }
  WallTime time(std::string_view name) {
    const auto text = string_at(object_, name);
    const auto time = text ? parse_utc(*text) : std::nullopt;
    if (!time) return miss(name), WallTime{};
    return *time;
  }
  std::int64_t integer(std::string_view name, std::int64_t low, std::int64_t high) {
    const auto number = integer_at(object_, name);
    if (!number || *number < low || *number > high) return miss(name), low;
    return *number;
  }
  bool flag(std::string_view name) {
    const auto found = bool_at(object_, name);
    if (!found) miss(name);
    return found.value_or(false);
  }
  void miss(std::string_view name) {
    if (missed_.empty()) missed_ = name;
  }
  const std::string& missed() const { return missed_; }

 private:
  const Json& object_;
  std::string missed_;
};

std::vector<Source> read_sources(const Json& object, NoticeReader& in) {
  std::vector<Source> sources;
  const Json& list = member_at(object, "sources");
  if (!list.is_array() || list.empty() || list.size() > kSources.size()) {
    in.miss("sources");
    return sources;
  }
  for (const auto& entry : list) {
    const auto source = entry.is_string() ? enum_of(entry.get<std::string>(), kSources) : std::nullopt;
    if (!source) {
      in.miss("sources");
      return sources;
    }
    sources.push_back(*source);
  }
  return sources;
}

constexpr std::int64_t kMostMillis = std::int64_t{1}
                                     << 52;  // far beyond any uptime, and safe to turn into nanoseconds/1e3
BootTime boot_time_of(std::int64_t millis) {
  return BootTime(Millis(millis));
}
std::int64_t millis_of(BootTime time) {
  return std::chrono::duration_cast<Millis>(time.time_since_epoch()).count();
}

}  // namespace

std::string_view name_of(Source source) {
  switch (source) {
    case Source::metadata: return "metadata";
    case Source::operation_lock: return "operation-lock";
    case Source::manual: return "manual";
    case Source::shutdown: return "shutdown";
  }
  return "unknown";
}

std::string_view name_of(Behavior behavior) {
  switch (behavior) {
    case Behavior::unknown: return "unknown";
    case Behavior::terminate: return "terminate";
    case Behavior::stop: return "stop";
  }
  return "unknown";
}

std::string_view name_of(NoticeState state) {
  return state == NoticeState::withdrawn ? "withdrawn" : "pending";
}

std::string to_json_text(const Notice& n) {
  Json sources = Json::array();
  for (const Source source : n.sources) sources.push_back(name_of(source));
  return dump_json_pretty(Json{{"version", kVersion},
                               {"id", n.id},
                               {"state", name_of(n.state)},
                               {"returned", n.returned},
                               {"instance_id", n.instance.instance_id},
                               {"region_id", n.instance.region_id},
                               {"zone_id", n.instance.zone_id},
                               {"instance_type", n.instance.instance_type},
                               {"sources", sources},
                               {"behavior", name_of(n.behavior)},
                               {"termination_time", format_utc(n.termination_time)},
                               {"exact", n.exact},
                               {"deadline_boot_ms", millis_of(n.deadline)},
                               {"boot_id", n.boot_id},
                               {"seen_at", format_utc_millis(n.seen_at)},
                               {"seen_at_boot_ms", millis_of(n.seen_at_boot)},
                               {"clock_error_ms", n.clock_error.count()},
                               {"rehearsal", n.rehearsal},
                               {"speed", n.speed},
                               {"reason", valid_utf8(n.reason)}});
}

Result<Notice> parse_notice(std::string_view text) {
  if (text.size() > kNoticeFileLimit) return fail(ErrorCode::bad_input, "the notice is larger than 16 KiB");
  const auto json = parse_json(text);
  if (!json) return fail(ErrorCode::bad_input, json.error().what);
  if (integer_at(*json, "version") != kVersion)
    return fail(ErrorCode::bad_input,
                "the notice is not of version 1: watcher and drainer must be of the same release");

  NoticeReader in(*json);
  Notice n;
  n.id = in.value("id");
  if (!is_plain_name(n.id)) in.miss("id");
  n.state = in.word("state", kStates);
  n.returned = bool_at(*json, "returned").value_or(false);
  n.instance = {in.value("instance_id"), in.value("region_id"), in.value("zone_id"), in.value("instance_type")};
  n.sources = read_sources(*json, in);
  n.behavior = in.word("behavior", kBehaviors);
  n.termination_time = in.time("termination_time");
  n.exact = in.flag("exact");
  n.deadline = boot_time_of(in.integer("deadline_boot_ms", 0, kMostMillis / 1024));
  n.boot_id = in.value("boot_id");
  n.seen_at = in.time("seen_at");
  n.seen_at_boot = boot_time_of(in.integer("seen_at_boot_ms", 0, kMostMillis / 1024));
  n.clock_error = Millis(in.integer("clock_error_ms", -kMostMillis, kMostMillis));
  n.rehearsal = in.flag("rehearsal");
  n.speed = static_cast<int>(in.integer("speed", 1, 1000));
  n.reason = string_at(*json, "reason").value_or("");
  if (n.reason.size() > kReasonLimit) in.miss("reason");
  if (!n.rehearsal && n.speed != 1) in.miss("speed");

  if (!in.missed().empty())
    return fail(ErrorCode::bad_input, "the notice's '" + in.missed() + "' is missing or not valid");
  return n;
}

Deadline deadline_on_this_boot(const Notice& notice, std::string_view boot_id, BootTime boot_now, WallTime wall_now) {
  if (notice.boot_id == boot_id) return Deadline(notice.deadline);
  const WallTime cloud_now = wall_now - notice.clock_error;
  return Deadline(boot_time_after(boot_now, notice.termination_time - cloud_now));
}

bool is_ours(const Notice& notice) {
  return std::all_of(notice.sources.begin(), notice.sources.end(),
                     [](Source source) { return source == Source::manual || source == Source::shutdown; });
}

bool is_plain_name(std::string_view text) {
  const auto letter_or_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= 128 && letter_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace preemptd::core
