#include "simulator/cloud/fault.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/duration.h"
#include "core/utc.h"

namespace preemptd::simulator {
namespace {

constexpr std::array<std::string_view, 12> kKinds{"slow", "hang",     "status", "garbage",  "truncate", "reset",
                                                  "huge", "redirect", "empty",  "throttle", "clock",    "drip"};
constexpr double kLongestSeconds = 366.0 * 86400;

struct Range {
  double least;
  double most;
};

Range range_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::slow:
    case FaultKind::drip:
    case FaultKind::throttle: return {0, 600'000};
    case FaultKind::status: return {100, 599};
    case FaultKind::huge:
    case FaultKind::truncate: return {0, 1024.0 * 1024 * 1024};
    case FaultKind::clock:
    case FaultKind::hang:
    case FaultKind::garbage:
    case FaultKind::reset:
    case FaultKind::redirect:
    case FaultKind::empty: break;
  }
  return {-kLongestSeconds, kLongestSeconds};
}

bool is_wait(FaultKind kind) {
  return kind == FaultKind::slow || kind == FaultKind::drip || kind == FaultKind::throttle;
}

bool takes_text(FaultKind kind) {
  return kind == FaultKind::garbage || kind == FaultKind::redirect;
}

/// What the API's own words for throttling look like: "Throttling.Api", "Rejected.Throttling".
bool is_throttling_code(const core::Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().find("Throttling") != std::string::npos;
}

core::Result<void> read_value(const core::Json& value, Fault& fault) {
  if (value.is_null()) return {};
  if (takes_text(fault.kind) || (fault.kind == FaultKind::throttle && is_throttling_code(value))) {
    fault.text = value.is_string() ? value.get<std::string>() : core::dump_json(value);
    return {};
  }
  if (is_wait(fault.kind) && value.is_string()) {
    const auto wait = core::parse_duration(value.get<std::string>());
    if (!wait) return tl::unexpected(wait.error());
    fault.number = static_cast<double>(wait->count());
  } else if (value.is_number()) {
    fault.number = value.get<double>();
  } else {
    return core::fail(core::ErrorCode::bad_input, "value must be a number for this kind of fault", "value");
  }
  const Range range = range_of(fault.kind);
  if (!std::isfinite(*fault.number) || *fault.number < range.least || *fault.number > range.most) {
    return core::fail(core::ErrorCode::bad_input, "value is out of range for this kind of fault", "value");
  }
  return {};
}

core::Result<void> read_limits(const core::Json& spec, Fault& fault, core::WallTime now) {
  if (!core::member_at(spec, "for_seconds").is_null()) {
    const double seconds = core::number_at(spec, "for_seconds").value_or(-1);
    if (!(seconds >= 0 && seconds <= kLongestSeconds)) {
      return core::fail(core::ErrorCode::bad_input, "for_seconds must be between 0 and a year", "for_seconds");
    }
    fault.until = now + core::Millis(static_cast<std::int64_t>(seconds * 1000));
  }
  if (!core::member_at(spec, "times").is_null()) {
    const auto times = core::integer_at(spec, "times").value_or(0);
    if (times < 1 || times > 1'000'000) {
      return core::fail(core::ErrorCode::bad_input, "times must be a whole number, 1 or more", "times");
    }
    fault.times = static_cast<int>(times);
  }
  fault.only = core::string_at(spec, "only").value_or("");
  return {};
}

bool over(const Fault& fault, core::WallTime now) {
  return (fault.until && now >= *fault.until) || fault.times == 0;
}

bool meets(const Fault& fault, Target target, std::string_view subject, core::WallTime now) {
  return fault.target == target && !over(fault, now) &&
         (fault.only.empty() || subject.find(fault.only) != subject.npos);
}

}  // namespace

std::string_view name_of(Target target) {
  return target == Target::metadata ? "metadata" : "api";
}
std::string_view name_of(FaultKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

core::Result<Fault> parse_fault(const core::Json& spec, core::WallTime now) {
  Fault fault;
  const auto target = core::string_at(spec, "target").value_or("");
  if (target != "metadata" && target != "api") {
    return core::fail(core::ErrorCode::bad_input, "target must be \"metadata\" or \"api\"", "target");
  }
  fault.target = target == "api" ? Target::api : Target::metadata;
  const auto kind = std::find(kKinds.begin(), kKinds.end(), core::string_at(spec, "kind").value_or(""));
  if (kind == kKinds.end()) {
    std::string known;
    for (const auto name : kKinds) known += (known.empty() ? "" : ", ") + std::string(name);
    return core::fail(core::ErrorCode::bad_input, "kind must be one of " + known, "kind");
  }
  fault.kind = static_cast<FaultKind>(kind - kKinds.begin());
  if (auto read = read_value(core::member_at(spec, "value"), fault); !read) return tl::unexpected(read.error());
  if (fault.kind == FaultKind::clock && !fault.number) {
    return core::fail(core::ErrorCode::bad_input, "clock needs a value: the seconds the server's clock is ahead",
                      "value");
  }
  if (auto read = read_limits(spec, fault, now); !read) return tl::unexpected(read.error());
  return fault;
}

core::Json to_json(const Fault& fault) {
  core::Json out{{"target", name_of(fault.target)}, {"kind", name_of(fault.kind)}};
  if (fault.number) out["value"] = *fault.number;
  if (!fault.number && !fault.text.empty()) out["value"] = fault.text;
  if (!fault.only.empty()) out["only"] = fault.only;
  if (fault.until) out["until"] = core::format_utc_millis(*fault.until);
  if (fault.times) out["times"] = *fault.times;
  return out;
}

void FaultRegistry::set(Fault fault, core::WallTime now) {
  std::erase_if(faults_, [&](const Fault& old) {
    const bool replaced = old.target == fault.target && old.kind == fault.kind && old.only == fault.only;
    if (replaced) *old.lifted = true;
    return replaced || over(old, now);
  });
  if (!over(fault, now)) faults_.push_back(std::move(fault));
}

std::optional<Fault> FaultRegistry::strike(Target target, std::string_view subject, core::WallTime now) {
  for (auto fault = faults_.rbegin(); fault != faults_.rend(); ++fault) {
    if (fault->kind == FaultKind::clock || !meets(*fault, target, subject, now)) continue;
    if (fault->times) --*fault->times;
    return *fault;
  }
  return std::nullopt;
}

core::Millis FaultRegistry::clock_error(Target target, core::WallTime now) const {
  for (auto fault = faults_.rbegin(); fault != faults_.rend(); ++fault) {
    if (fault->kind == FaultKind::clock && meets(*fault, target, "", now)) {
      return core::Millis(static_cast<std::int64_t>(*fault->number * 1000));
    }
  }
  return core::Millis{0};
}

void FaultRegistry::clear() {
  for (const auto& fault : faults_) *fault.lifted = true;
  faults_.clear();
}

std::vector<Fault> FaultRegistry::all(core::WallTime now) const {
  std::vector<Fault> out;
  std::copy_if(faults_.begin(), faults_.end(), std::back_inserter(out), [&](const Fault& f) { return !over(f, now); });
  return out;
}

}  // namespace preemptd::simulator
