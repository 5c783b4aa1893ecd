#include "daemon/status/file_stamps.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "fakes/temp_folder.h"

using namespace preemptd;
using namespace preemptd::daemon;

TEST_CASE("daemon: a file that changes, appears or goes after it was read is named, and no other") {
  const fakes::TempFolder folder;
  folder.write("a.toml", "x = 1");
  folder.write("b.toml", "y = 1");
  const std::vector<std::string> paths{folder.path() + "/a.toml", folder.path() + "/b.toml", folder.path() + "/c.toml"};
  const auto before = stamps_of(paths);
  CHECK(changed_since(before, stamps_of(paths)).empty());
  folder.write("a.toml", "x = 22");
  folder.write("c.toml", "");
  CHECK(changed_since(before, stamps_of(paths)) == std::vector{paths[0], paths[2]});
}

TEST_CASE("daemon: what sinks name and conf.d are in force as well as the main file, also where it is missing") {
  config::Loaded loaded;
  loaded.files = {"/etc/preemptd/conf.d/a.toml"};
  config::Sink sink;
  sink.secret_file = "/etc/preemptd/secret";
  sink.token_file = "a-credential";
  loaded.config.sinks = {sink};
  sink.secret_file = "/etc/preemptd/of-a-disabled-one";
  sink.enabled = false;
  loaded.config.sinks.push_back(sink);
  CHECK(files_in_force(loaded, "") == std::vector<std::string>{"/etc/preemptd/conf.d", "/etc/preemptd/conf.d/a.toml",
                                                               "/etc/preemptd/preemptd.toml", "/etc/preemptd/secret"});
}
