#include "node/identity_file.h"

#include <doctest/doctest.h>

#include "fakes/temp_folder.h"

using namespace preemptd;
using node::recall_identity;
using node::remember_identity;

TEST_CASE("daemon: whose boot this is can be told until the next boot") {
  fakes::TempFolder run;
  CHECK_FALSE(recall_identity(run.path(), "boot-1"));
  remember_identity(run.path(), "boot-1", {"i-1", "cn-hangzhou", "cn-hangzhou-h", "ecs.g7.large"});
  const auto identity = recall_identity(run.path(), "boot-1");
  REQUIRE(identity);
  CHECK(*identity == core::Identity{"i-1", "cn-hangzhou", "cn-hangzhou-h", "ecs.g7.large"});
  CHECK_FALSE(recall_identity(run.path(), "boot-2"));
  CHECK_FALSE(recall_identity(run.path(), ""));
}

TEST_CASE("daemon: a file that tells no identity is none") {
  fakes::TempFolder run;
  for (const char* text : {"", "{", "[]", R"({"boot_id":"boot-1"})", R"({"boot_id":"boot-1","instance_id":7})"}) {
    CAPTURE(text);
    run.write("identity.json", text);
    CHECK_FALSE(recall_identity(run.path(), "boot-1"));
  }
}
