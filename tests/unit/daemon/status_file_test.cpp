#include "daemon/status_file.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/json.h"

using namespace preemptd;

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
  status.control.trouble = core::Error{core::Fault::denied, "refused AccessKeyId=LTAI123", "ecs:DescribeInstances"};
  const std::string text = daemon::to_json_text(status);
  CHECK(text.find("\"denied\"") != std::string::npos);
  CHECK(text.find("LTAI123") == std::string::npos);
}
