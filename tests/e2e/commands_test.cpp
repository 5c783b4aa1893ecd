#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "world.h"

using namespace preemptd;
using namespace preemptd::e2e;

namespace {

struct Row {
  std::vector<std::string> arguments;
  int exit;
  std::string out_has;
  std::string err_has;
};

void check(const Row& row, const Finished& finished) {
  std::string line;
  for (const auto& word : row.arguments) line += word + " ";
  CAPTURE(line);
  CAPTURE(finished.out);
  CAPTURE(finished.err);
  CHECK(finished.exit == row.exit);
  CHECK(finished.out.find(row.out_has) != std::string::npos);
  CHECK(finished.err.find(row.err_has) != std::string::npos);
}

}  // namespace

TEST_CASE("e2e: what preemptctl answers where nothing has ever run") {
  const fakes::TempFolder folder;
  folder.write("hooks.d/10-good", "#!/bin/sh\n# preemptd: timeout=20s reserve=10s\n");
  folder.write("hooks.d/20-greedy.sh", "#!/bin/sh\n# preemptd: timeout=10m reserve=400s\n");
  folder.write("hooks.d/notes.txt.bak", "x");
  for (const char* name : {"10-good", "20-greedy.sh"})
    ::chmod((folder / ("hooks.d/" + std::string(name))).c_str(), 0755);
  folder.write("good.toml", "paths.run = \"" + folder.path() + "/run\"\npaths.state = \"" + folder.path() +
                                "/state\"\nhooks.folders = [\"" + folder.path() + "/hooks.d\"]\n");
  folder.write("bad.toml", "[metadata]\nintervall = \"1s\"\ntimeout = 3\n");
  const std::string good = folder / "good.toml", bad = folder / "bad.toml";
  const std::vector<Row> rows{
      {{"--version"}, 0, "preemptctl 0.", ""},
      {{}, 1, "Commands:", ""},
      {{"stats"}, 1, "", "did you mean \"status\"?"},
      {{"status", "-c", good}, 4, "", "preemptd has not run"},
      {{"config", "check", "-c", good}, 0, "ok: 1 file", ""},
      {{"config", "check", "-c", bad}, 1, "", "did you mean 'interval'"},
      {{"config", "check", "-c", bad}, 1, "", "bad.toml:3"},
      {{"config", "check", "-c", bad, "--json"}, 1, "\"ok\": false", ""},
      {{"config", "check", "-c", folder / "none.toml"}, 1, "", "none.toml"},
      {{"config", "show", "metadata.interval"}, 0, "\"1s\"", ""},
      {{"config", "show", "metadata.interval", "--set", "metadata.interval=2s"}, 0, "--set", ""},
      {{"config", "show", "metadata.intervall"}, 4, "", "did you mean metadata.interval?"},
      {{"hooks", "list", "-c", good}, 0, "10-good", ""},
      {{"hooks", "list", "-c", good}, 0, "ignored", ""},
      {{"hooks", "list", "-c", good, "-o", "text"}, 0, "10\t10-good\tnormal\truns\t", ""},
      {{"hooks", "list", "--hooks", folder / "none"}, 4, "", "there is no such folder"},
      {{"hooks", "plan", "-c", good, "--notice", "10m"}, 0, "fits", ""},
      {{"hooks", "plan", "-c", good}, 1, "20-greedy.sh", ""},
      {{"hooks", "plan", "-c", good, "--query", "/fits", "-o", "json"}, 1, "false", ""},
      {{"hooks", "plan", "-c", good, "--notice", "300"}, 1, "", "unit"},
      {{"hooks", "run", "10-good", "-c", good, "--notice", "0s"}, 1, "", "less than a second"},
      {{"records", "list", "-c", good}, 0, "no drain yet", ""},
      {{"records", "show", "-c", good}, 4, "", "no drain yet"},
      {{"records", "show", "../../etc", "-c", good}, 4, "", "no drain"},
      {{"rehearse", "--fault", "agent-kiled"}, 1, "", "did you mean agent-killed?"},
      {{"rehearse", "--speed", "0"}, 1, "", "from 1 to 1000"},
      {{"rehearse", "--notice", "5s", "--speed", "10"}, 1, "", "less than a second"},
      {{"rehearse", "--hooks", folder / "none"}, 1, "", "there is no such folder"},
  };
  for (const auto& row : rows) check(row, run(program("preemptctl"), row.arguments));
}

TEST_CASE("e2e: a command that acts does nothing where its configuration is not the one it was told") {
  const fakes::TempFolder folder;
  const std::string hook = folder.write("hooks.d/10-a", "#!/bin/sh\n: >" + (folder / "ran") + "\n");
  ::chmod(hook.c_str(), 0755);
  const std::string missing = folder / "none.toml", refused = folder.write("open.toml", "");
  ::chmod(refused.c_str(), 0666);
  const std::vector<std::string> here{"--set", "paths.run=" + (folder / "run"),
                                      "--set", "paths.state=" + (folder / "state"),
                                      "--set", "hooks.folders=" + (folder / "hooks.d")};
  const auto with = [&](std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), here.begin(), here.end());
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const std::vector<std::vector<std::string>> acting{{"drain", "--yes"},
                                                     {"undo", "--yes"},
                                                     {"rehearse"},
                                                     {"hooks", "run", "10-a"},
                                                     {"hooks", "check", hook},
                                                     {"report", "test"},
                                                     {"report", "resend", "x"},
                                                     {"report", "drop", "x"},
                                                     {"instance", "stop", "i-1", "--yes"},
                                                     {"api", "ecs", "StopInstance"}};
  for (const auto& words : acting) {
    check({words, 1, "", "none.toml: there is no such file"},
          run(program("preemptctl"), with(words, {"--config", missing})));
    check({words, 1, "", "nothing was done"}, run(program("preemptctl"), with(words, {"--config=" + missing})));
    check({words, 1, "", "open.toml"}, run(program("preemptctl"), with(words, {"-c", refused})));
    check({words, 1, "", "did you mean 'run'"}, run(program("preemptctl"), with(words, {"--set", "paths.runn=/x"})));
  }
  CHECK_FALSE(std::filesystem::exists(folder / "run"));
  CHECK_FALSE(std::filesystem::exists(folder / "ran"));
  check({{"status"}, 4, "", "warning: " + missing}, run(program("preemptctl"), with({"status"}, {"-c", missing})));
  check({{"hooks", "list"}, 0, "10-a", "warning: "},
        run(program("preemptctl"), with({"hooks", "list"}, {"-c", missing})));
}

TEST_CASE(
    "e2e: a drain by hand and its drainer take one configuration, from a file by a relative name or from the "
    "environment") {
  for (const bool by_file : {true, false}) {
    CAPTURE(by_file);
    World world;
    world.hook("10-a", "echo $1 >" + (world.folder() / "calls"));
    std::string command =
        "cd " + world.folder().path() + " && exec " + program("preemptctl") + " drain --yes --notice 30s";
    std::vector<std::string> environment{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
    if (by_file) {
      command += " --config preemptd.toml";
    } else {
      for (const auto& setting : {"PATHS_RUN=" + (world.folder() / "run"), "PATHS_STATE=" + world.state(),
                                  "HOOKS_FOLDERS=" + (world.folder() / "hooks.d")}) {
        environment.push_back("PREEMPTD_" + setting);
      }
    }
    const auto drained = run("/bin/sh", {"-c", command}, environment);
    CAPTURE(drained.out);
    CAPTURE(drained.err);
    CHECK(drained.exit == 0);
    CHECK(run("/bin/cat", {world.folder() / "calls"}).out == "drain\n");
  }
}

TEST_CASE("e2e: the other programs' usage") {
  const std::vector<std::pair<std::string, Row>> rows{
      {"preemptd", {{"--version"}, 0, "preemptd 0.", ""}},
      {"preemptd", {{"--help"}, 0, "--config", ""}},
      {"preemptd", {{"--nonsense"}, 2, "", "--nonsense"}},
      {"preemptd", {{"--set", "metadata.intervall=1s"}, 78, "", "interval"}},
      {"preempt-drain", {{"--version"}, 0, "preempt-drain 0.", ""}},
      {"preempt-drain", {{"--nonsense"}, 2, "", "--nonsense"}},
      {"preempt-drain", {{"--set", "paths.run=/nowhere", "--set", "paths.state=/nowhere"}, 66, "", "notice"}},
  };
  for (const auto& [name, row] : rows) check(row, run(program(name), row.arguments));
}

TEST_CASE("e2e: status, records and plan of an agent at work") {
  World world;
  world.hook("10-a", "# preemptd: timeout=5s\necho hello; exit 4");
  world.start_agent();
  const auto before = world.ctl({"status"});
  CHECK(before.exit == 0);
  CHECK(before.out.find("last good answer") != std::string::npos);
  CHECK(before.out.find("1 ready") != std::string::npos);
  world.reclaim(Seconds(15));
  REQUIRE(world.drained());
  CHECK(world.ctl({"status"}).out.find("this instance goes at") != std::string::npos);
  CHECK(world.ctl({"records", "list"}).out.find("drained") != std::string::npos);
  const auto shown = world.ctl({"records", "show"});
  CHECK(shown.exit == 0);
  CHECK(shown.out.find("failed (exit code 4)") != std::string::npos);
  CHECK(shown.out.find("hello") != std::string::npos);
  const auto json = core::parse_json(world.ctl({"records", "show", "--json"}).out);
  REQUIRE(json.has_value());
  CHECK(json->is_object());
  world.kill_agent();
  const auto after = world.ctl({"status"});
  CHECK(after.exit == 1);
  CHECK(after.out.find("not running") != std::string::npos);
}
