#include "report/metrics/metrics.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "fakes/temp_folder.h"

using namespace preemptd;
using namespace preemptd::report;
using core::Millis;
using core::Seconds;

namespace {

MetricsSnapshot full_snapshot() {
  MetricsSnapshot s;
  s.version = "0.1.0";
  s.started_at = core::WallTime(Seconds(1'800'000'000));
  s.sources = {{"metadata", true, {{"good", 41}, {"timed_out", 2}}, Millis(250)},
               {"operation-lock", true, {{"denied", 3}}, {}}};
  s.unseen_longest = Seconds(3);
  s.clock_error = Millis(-1500);
  s.notice_pending = true;
  s.notice_left = Millis(287'123);
  s.drains = {{"ok", 1}};
  s.hooks_finished = {{"ok", 2}, {"ran_out_of_time", 1}};
  s.hook_durations.add(Millis(90));
  s.hook_durations.add(Millis(1000));
  s.hook_durations.add(Seconds(400));
  s.last_margin = Seconds(-2);
  s.hooks_found = {{"ok", 5}, {"unusable", 1}, {"ignored", 0}};
  s.plan_margin = Seconds(120);
  s.sinks = {{"ops", {{"delivered", 7}, {"retry", 1}}, 0}, {"a\"b\\c\nd", {}, 2}};
  s.reports_waiting = 2;
  s.reports_waiting_bytes = 1234;
  return s;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) names.insert(line.substr(7, line.find(' ', 7) - 7));
  }
  return names;
}

}  // namespace

TEST_CASE("metrics: base units, labels and absent values") {
  const std::string text = metrics_text(full_snapshot());
  CHECK(has_line(text, "preemptd_build_info{version=\"0.1.0\"} 1"));
  CHECK(has_line(text, "preemptd_start_time_seconds 1800000000.000"));
  CHECK(has_line(text, "preemptd_polls_total{source=\"metadata\",result=\"timed_out\"} 2"));
  CHECK(has_line(text, "preemptd_source_last_good_age_seconds{source=\"metadata\"} 0.250"));
  CHECK(text.find("preemptd_source_last_good_age_seconds{source=\"operation-lock\"}") == std::string::npos);
  CHECK(has_line(text, "preemptd_clock_error_seconds -1.500"));
  CHECK(has_line(text, "preemptd_notice_left_seconds 287.123"));
  CHECK(has_line(text, "preemptd_drain_margin_seconds -2.000"));
  CHECK(has_line(text, "preemptd_reports_owed{sink=\"a\\\"b\\\\c d\"} 2"));
}

TEST_CASE("metrics: the histogram counts upwards and ends in all of them") {
  const std::string text = metrics_text(full_snapshot());
  CHECK(has_line(text, "preemptd_hook_duration_seconds_bucket{le=\"0.1\"} 1"));
  CHECK(has_line(text, "preemptd_hook_duration_seconds_bucket{le=\"0.5\"} 1"));
  CHECK(has_line(text, "preemptd_hook_duration_seconds_bucket{le=\"1\"} 2"));
  CHECK(has_line(text, "preemptd_hook_duration_seconds_bucket{le=\"300\"} 2"));
  CHECK(has_line(text, "preemptd_hook_duration_seconds_bucket{le=\"+Inf\"} 3"));
  CHECK(has_line(text, "preemptd_hook_duration_seconds_sum 401.090"));
  CHECK(has_line(text, "preemptd_hook_duration_seconds_count 3"));
}

TEST_CASE("metrics: docs/reference/metrics.md lists exactly the families there are") {
  const auto path = std::filesystem::path(PREEMPTD_TEST_DATA).parent_path().parent_path() / "docs/reference/metrics.md";
  std::ifstream file(path);
  std::set<std::string> documented;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| `preemptd_")) documented.insert(line.substr(3, line.find('`', 3) - 3));
  }
  CHECK(documented == names_in(metrics_text(MetricsSnapshot{})));
}

TEST_CASE("metrics: the file for node_exporter is replaced as a whole and readable by it") {
  fakes::TempFolder folder;
  const auto path = folder / "preemptd.prom";
  REQUIRE(write_metrics_file(path, "old and much longer than the new one\n"));
  REQUIRE(write_metrics_file(path, metrics_text(full_snapshot())));
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  CHECK(text.str() == metrics_text(full_snapshot()));
  CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::others_read) !=
        std::filesystem::perms::none);
  CHECK_FALSE(write_metrics_file(folder / "missing/preemptd.prom", ""));
}
