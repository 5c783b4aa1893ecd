#include "node/identity_file.h"

#include <doctest/doctest.h>

#include "core/utc.h"
#include "fakes/temp_folder.h"

using namespace preemptd;
using node::BootMemory;
using node::recall_boot;
using node::remember_boot;

TEST_CASE("daemon: whose boot this is can be told until the next boot") {
  fakes::TempFolder run;
  CHECK_FALSE(recall_boot(run.path(), "boot-1"));
  const BootMemory known{{"i-1", "cn-hangzhou", "cn-hangzhou-h", "ecs.g7.large"},
                         core::Behavior::stop,
                         true,
                         core::parse_utc("2026-11-23T07:08:09Z")};
  remember_boot(run.path(), "boot-1", known);
  CHECK(recall_boot(run.path(), "boot-1") == known);
  CHECK_FALSE(recall_boot(run.path(), "boot-2"));
  CHECK_FALSE(recall_boot(run.path(), ""));
}

TEST_CASE("daemon: a file of an older release tells the identity alone") {
  fakes::TempFolder run;
  run.write("identity.json", R"({"boot_id":"boot-1","instance_id":"i-1"})");
  CHECK(recall_boot(run.path(), "boot-1") == BootMemory{{"i-1", "", "", ""}, core::Behavior::unknown, false, {}});
}

TEST_CASE("daemon: a file that tells no identity is none") {
  fakes::TempFolder run;
  for (const char* text : {"", "{", "[]", R"({"boot_id":"boot-1"})", R"({"boot_id":"boot-1","instance_id":7})"}) {
    CAPTURE(text);
    run.write("identity.json", text);
    CHECK_FALSE(recall_boot(run.path(), "boot-1"));
  }
}
