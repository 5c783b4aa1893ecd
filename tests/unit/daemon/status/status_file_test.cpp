#include "daemon/status/status_file.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/json.h"

using namespace preemptd;

namespace {

/// The names of all members; the notice has a page of its own.
void collect(const core::Json& json, std::set<std::string>& names) {
  if (json.is_object()) {
    for (const auto& [name, value] : json.items()) {
      names.insert(name);
      if (name != "notice") collect(value, names);
    }
  } else {
    for (const auto& value : json) {
      if (value.is_structured()) collect(value, names);
    }
  }
}

daemon::Status full_status() {
  daemon::Status status;
  status.metadata.trouble = core::Error{core::ErrorCode::timed_out, "no answer", ""};
  status.notice.emplace();
  status.left = core::Seconds(100);
  status.drain =
      daemon::DrainStatus{"d", "running", {{"10-a", "drain", "ok", {}, core::Millis(3)}}, core::Millis(-5), "walk"};
  status.sinks = {{"ops", 1, 2, false, "HTTP 503"}};
  status.faults = {"metrics file"};
  return status;
}

}  // namespace

TEST_CASE("daemon: the status of a watcher that knows nothing yet is still whole") {
  const auto json = core::parse_json(daemon::to_json_text({}));
  REQUIRE(json.has_value());
  CHECK((*json)["version"] == 1);
  CHECK((*json)["notice"].is_null());
  CHECK((*json)["drain"].is_null());
  CHECK((*json)["sources"]["metadata"]["last_good_age_ms"].is_null());
}

TEST_CASE("daemon: trouble is told in the status without what must not be seen") {
  daemon::Status status;
  status.control.trouble = core::Error{core::ErrorCode::denied, "refused AccessKeyId=LTAI123", "ecs:DescribeInstances"};
  const std::string text = daemon::to_json_text(status);
  CHECK(text.find("\"denied\"") != std::string::npos);
  CHECK(text.find("LTAI123") == std::string::npos);
}

TEST_CASE("daemon: docs/reference/status-file.md names every member of the status") {
  const auto top = std::filesystem::path(PREEMPTD_TEST_DATA).parent_path().parent_path();
  std::ifstream file(top / "docs/reference/status-file.md");
  std::ostringstream page;
  page << file.rdbuf();
  std::set<std::string> names;
  collect(core::Json::parse(daemon::to_json_text(full_status())), names);
  CHECK(names.size() > 40);
  for (const auto& name : names) {
    CAPTURE(name);
    CHECK((page.str().find('`' + name + '`') != std::string::npos ||
           page.str().find("sources." + name + '`') != std::string::npos ||
           page.str().find('`' + name + '.') != std::string::npos));
  }
}
