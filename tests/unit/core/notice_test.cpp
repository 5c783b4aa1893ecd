#include "core/notice.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/utc.h"

using namespace preemptd::core;

namespace {

Notice sample() {
  Notice n;
  n.id = "i-bp1example0001-20261123T070809Z";
  n.instance = {"i-bp1example0001", "cn-hangzhou", "cn-hangzhou-i", "ecs.g7.large"};
  n.sources = {Source::metadata, Source::operation_lock};
  n.behavior = Behavior::stop;
  n.termination_time = *parse_utc("2026-11-23T07:08:09Z");
  n.exact = true;
  n.deadline = BootTime(Seconds(1000));
  n.boot_id = "0f1e2d3c-0000-4000-8000-000000000000";
  n.seen_at = *parse_utc("2026-11-23T07:03:09.250Z");
  n.seen_at_boot = BootTime(Seconds(700));
  n.clock_error = Millis(-1500);
  return n;
}

std::string with(std::string_view member, Json value) {
  Json json = *parse_json(to_json_text(sample()));
  json[std::string(member)] = std::move(value);
  return dump_json(json);
}

}  // namespace

TEST_CASE("notice: a time or a clock error beyond what nanoseconds hold makes a far deadline, not a wrong one") {
  Notice n;
  n.termination_time = *parse_utc("9999-12-31T23:59:59Z");
  const BootTime now{Seconds(100)};
  const WallTime wall = *parse_utc("2026-12-01T00:00:00Z");
  CHECK(deadline_on_this_boot(n, "another", now, wall).at() > now + Seconds(3600));
  n.termination_time = wall;
  n.clock_error = Millis(std::int64_t{1} << 52);
  CHECK(deadline_on_this_boot(n, "another", now, wall).at() > now + Seconds(3600));
  n.clock_error = -n.clock_error;
  CHECK(deadline_on_this_boot(n, "another", now, wall).passed(now));
}

TEST_CASE("core: a notice survives its file") {
  CHECK(*parse_notice(to_json_text(sample())) == sample());
}

TEST_CASE("core: a notice with a missing, mistyped or dangerous member is refused by name") {
  const struct {
    const char* member;
    Json value;
  } kWrong[] = {{"id", "../../etc"},
                {"id", ""},
                {"id", "a/b"},
                {"instance_id", "i-1; reboot"},
                {"region_id", "a\nb"},
                {"zone_id", 5},
                {"sources", Json::array()},
                {"sources", {"rumour"}},
                {"behavior", "explode"},
                {"state", "maybe"},
                {"termination_time", "soon"},
                {"deadline_boot_ms", -1},
                {"deadline_boot_ms", "1"},
                {"clock_error_ms", 1.5},
                {"speed", 0},
                {"speed", 10},
                {"reason", std::string(2000, 'x')}};
  for (const auto& wrong : kWrong) {
    CAPTURE(wrong.member);
    const auto read = parse_notice(with(wrong.member, wrong.value));
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().what.find(wrong.member) != std::string::npos);
  }
}

TEST_CASE("core: a later format is refused, unknown members of this one are not") {
  CHECK_FALSE(parse_notice(with("version", 2)).has_value());
  CHECK(parse_notice(with("something_new", true)).has_value());
  CHECK_FALSE(parse_notice(std::string(kNoticeFileLimit + 1, ' ')).has_value());
  CHECK_FALSE(parse_notice("{").has_value());
}

TEST_CASE("core: on the same boot the deadline is the boot clock's, whatever the wall clock does") {
  const Notice n = sample();
  const auto deadline =
      deadline_on_this_boot(n, n.boot_id, BootTime(Seconds(800)), n.termination_time + Seconds(86400));
  CHECK(deadline.at() == n.deadline);
}

TEST_CASE("core: after a reboot the deadline comes from the termination time and the clock error") {
  const Notice n = sample();
  const WallTime wall = n.termination_time - Seconds(60) + n.clock_error;
  const auto deadline = deadline_on_this_boot(n, "another-boot", BootTime(Seconds(5)), wall);
  CHECK(deadline.at() == BootTime(Seconds(65)));
}
