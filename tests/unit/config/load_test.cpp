#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "config/load.h"
#include "fakes/temp_folder.h"

using namespace preemptd;
using namespace preemptd::config;

namespace {

/// A configuration folder of its own, with an empty main file.
struct Etc {
  fakes::TempFolder folder;
  std::string file = folder.path() + "/preemptd.toml";

  Etc() { folder.write("preemptd.toml", ""); }
  LoadRequest request() const { return {.file = file, .sets = {}, .environment = {}}; }
};

Loaded loaded_from(const std::string& text) {
  Etc etc;
  etc.folder.write("preemptd.toml", text);
  return load_leniently(etc.request());
}

/// The first problem as "line:column what".
std::string first_problem(const Loaded& loaded) {
  if (loaded.problems.empty()) return "";
  const auto& problem = loaded.problems.front();
  const auto at = problem.where.find(".toml:");
  return (at == std::string::npos ? problem.where : problem.where.substr(at + 6)) + " " + problem.what;
}

std::string origin(const Loaded& loaded, const std::string& key) {
  const auto found = loaded.origins.find(key);
  return found == loaded.origins.end() ? "default" : found->second;
}

}  // namespace

TEST_CASE("config: without any source every value has its default") {
  Etc etc;
  const auto loaded = load(etc.request());
  REQUIRE(loaded);
  CHECK(loaded->config.metadata.interval == Seconds(1));
  CHECK(loaded->config.sinks.empty());
  CHECK(loaded->origins.empty());
}

TEST_CASE("config: a flag beats the environment, which beats conf.d, which beats the file") {
  Etc etc;
  etc.folder.write("preemptd.toml",
                   "[metadata]\ninterval = '2s'\ntimeout = '200ms'\n[log]\nlevel = 'debug'\nformat = 'json'\n");
  etc.folder.write("conf.d/10-site.toml", "[metadata]\ninterval = '3s'\ntimeout = '250ms'\n[log]\nlevel = 'error'\n");
  etc.folder.write("conf.d/20-node.toml", "[metadata]\ninterval = '4s'\n");
  auto request = etc.request();
  request.environment = {{"PREEMPTD_METADATA_INTERVAL", "5s"}, {"PREEMPTD_LOG_LEVEL", "warning"}, {"HOME", "/root"}};
  request.sets = {"metadata.interval=6s", "metadata.interval=7s"};

  const auto loaded = load(request);
  REQUIRE(loaded);
  CHECK(loaded->config.metadata.interval == Seconds(7));
  CHECK(origin(*loaded, "metadata.interval") == "--set");
  CHECK(loaded->config.log.level == "warning");
  CHECK(origin(*loaded, "log.level") == "environment PREEMPTD_LOG_LEVEL");
  CHECK(loaded->config.metadata.timeout == Millis(250));
  CHECK(origin(*loaded, "metadata.timeout") == etc.folder.path() + "/conf.d/10-site.toml:3:1");
  CHECK(loaded->config.log.format == "json");
  CHECK(origin(*loaded, "log.format") == etc.file + ":6:1");
  CHECK(loaded->files.size() == 3);
}

TEST_CASE("config: conf.d is read in byte order, and what is not a .toml file is named and ignored") {
  Etc etc;
  for (const auto* name : {"B.toml", "a.toml", "10-x.toml"}) {
    etc.folder.write(std::string("conf.d/") + name, "[log]\nlevel = 'debug'\n");
  }
  for (const auto* name : {"x.toml.bak", "y.toml~", ".z.toml", "README"}) {
    etc.folder.write(std::string("conf.d/") + name, "rubbish");
  }
  const auto loaded = load_leniently(etc.request());
  CHECK(loaded.problems.empty());
  CHECK(loaded.warnings.size() == 4);
  REQUIRE(loaded.files.size() == 4);
  CHECK(loaded.files[1].ends_with("/10-x.toml"));
  CHECK(loaded.files[2].ends_with("/B.toml"));
  CHECK(loaded.files[3].ends_with("/a.toml"));
}

TEST_CASE("config: every mistake is told with its place and what would be right") {
  const struct {
    const char* text;
    const char* problem;
  } cases[] = {
      {"[metadata]\nintervall = '1s'", "2:1 unknown key 'intervall' in [metadata]; did you mean 'interval'?"},
      {"[metdata]\ninterval = '1s'", "1:1 unknown section [metdata]; did you mean 'metadata'?"},
      {"interval = '1s'", "1:1 'interval' stands before any [section]"},
      {"[metadata]\ninterval = 1", "2:1 'interval' takes a duration from 50ms to 60s, not 1; write the unit: \"1s\""},
      {"[metadata]\ninterval = '1'",
       "2:1 'interval': '1' is not a duration: the unit is missing (write it like 90s, 5m, 1h30m or 300ms)"},
      {"[metadata]\ninterval = '1ms'", "2:1 'interval' takes a duration from 50ms to 60s, not 1ms"},
      {"[metadata]\ninterval = '2h'", "2:1 'interval' takes a duration from 50ms to 60s, not 2h"},
      {"[metadata]\nallow_plain = 'yes'", "2:1 'allow_plain' takes true or false, not 'yes'"},
      {"[metadata]\nurl = 'ftp://x'", "2:1 'url' takes an http:// or https:// address"},
      {"[drain]\nparallel = 0", "2:1 'parallel' takes a whole number from 1 to 500, not 0"},
      {"[drain]\nparallel = 4294967297", "2:1 'parallel' takes a whole number from 1 to 500, not 4294967297"},
      {"[drain]\nparallel = 1.5", "2:1 'parallel' takes a whole number from 1 to 500, not a TOML floating-point"},
      {"[drain]\nstart = 'alway'", "2:1 'alway' is not known for 'start'; did you mean 'always'?"},
      {"[log]\nlevel = ''", "2:1 '' is not known for 'level'; it takes one of: error, warning, info, debug"},
      {"[paths]\nrun = 'run/preemptd'", "2:1 'run' takes an absolute path, not 'run/preemptd'"},
      {"[paths]\nstate = ''", "2:1 'state' takes an absolute path, not ''"},
      {"[metadata]\nurl = ''", "2:1 'url' takes an http:// or https:// address, not ''"},
      {"[hooks]\nfolders = ['/etc/preemptd/hooks.d', '']", "2:1 'folders' takes a list of absolute paths, not ''"},
      {"[hooks]\nfolders = '/etc/x'", "2:1 'folders' takes a list of absolute paths, not '/etc/x'"},
      {"[hooks]\nfolders = [1]", "2:1 'folders' takes a list of absolute paths, not a list with a TOML integer in it"},
      {"[hook]\ntimeout = '5s'", "2:1 [hook] has one section for each: write [hook.NAME] above 'timeout'"},
      {"[hook.'a/b']\ntimeout = '5s'", "1:1 'a/b' is not a name for [hook.NAME]: letters, digits, '.', '_', '-'"},
      {"[hook.x]\nevents = ['drains']", "2:1 'drains' is not known for 'events'; did you mean 'drain'?"},
      {"[hook.x]\ntimeout = '5s'\nreserve = '6s'",
       "3:1 'reserve' (6s) is more than 'timeout' (5s), so it could never be used"},
      {"[sink.ops]", "[sink.ops] needs a 'type'"},
      {"[sink.ops]\ntype = 'webhok'", "2:1 'webhok' is not known for 'type'; did you mean 'webhook'?"},
      {"[sink.ops]\ntype = 'webhok'", "2:1 'webhok' is not known for 'type'; did you mean 'webhook'?"},
      {"[sink.ops]\ntype = 'webhook'", "2:1 [sink.ops] needs 'url' or 'url_file'"},
      {"[sink.ops]\ntype = 'exec'", "2:1 [sink.ops] needs a 'command'"},
      {"[sink.ops]\ntype = 'exec'\ncommand = ['x']",
       "3:1 [sink.ops] 'command' starts with the absolute path of a program"},
      {"[sink.ops]\ntype = 'tag'\nurl = 'https://x'",
       "3:1 [sink.ops] 'url' means nothing for type tag (only for: webhook dingtalk feishu wecom slack)"},
      {"[sink.ops]\ntype = 'webhook'\nurl = 'https://x'\nurl_file = '/x'",
       "4:1 [sink.ops] has both 'url' and 'url_file'; keep one"},
      {"[log]\nlevel = 'info'\nlevel = 'debug'",
       "3:9 Error while parsing key-value pair: cannot redefine existing string 'level'"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(first_problem(loaded_from(c.text)) == c.problem);
  }
}

TEST_CASE("config: all problems are told at once, and the rest of the configuration holds") {
  const auto loaded = loaded_from("[metadata]\ninterval = 7\ntimeout = '1s'\n[log]\nlevl = 'debug'\nformat = 'json'\n");
  CHECK(loaded.problems.size() == 2);
  CHECK(loaded.config.metadata.interval == Seconds(1));
  CHECK(loaded.config.metadata.timeout == Seconds(1));
  CHECK(loaded.config.log.format == "json");
}

TEST_CASE("config: load fails on any problem and says how many there are") {
  Etc etc;
  etc.folder.write("preemptd.toml", "[log]\nlevel = 1\nformat = 2\n");
  const auto loaded = load(etc.request());
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code == core::ErrorCode::bad_input);
  CHECK(loaded.error().what.ends_with("(and 1 more problem)"));
}

TEST_CASE("config: a file named on the command line must be there") {
  Etc etc;
  auto request = etc.request();
  request.file = etc.folder.path() + "/other.toml";
  const auto loaded = load(request);
  REQUIRE_FALSE(loaded);
  CHECK(core::describe(loaded.error()) == request.file + ": there is no such file");
}

TEST_CASE("config: a file others can write is refused, and nothing of it is taken") {
  Etc etc;
  etc.folder.write("preemptd.toml", "[log]\nlevel = 'debug'\n");
  for (const mode_t mode : {0664, 0646}) {
    ::chmod(etc.file.c_str(), mode);
    const auto loaded = load_leniently(etc.request());
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems[0].what == "can be written by others than its owner (chmod go-w)");
    CHECK(loaded.config.log.level == "info");
  }
}

TEST_CASE("config: a file of another user is refused") {
  Etc etc;
  if (::chown(etc.file.c_str(), 12345, 12345) != 0) return;  // only root can give a file away
  const auto loaded = load_leniently(etc.request());
  REQUIRE(loaded.problems.size() == 1);
  CHECK((loaded.problems[0].what == "belongs to uid 12345; it must be root's (chown root)"));
}

TEST_CASE("config: a FIFO, a folder and a file above 1 MiB are refused without waiting") {
  Etc etc;
  const std::string path = etc.folder.path() + "/odd.toml";
  auto request = etc.request();
  request.file = path;
  SUBCASE("FIFO") {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  }
  SUBCASE("folder") {
    REQUIRE(::mkdir(path.c_str(), 0700) == 0);
  }
  SUBCASE("large") {
    etc.folder.write("odd.toml", std::string(1024 * 1024 + 1, '#'));
  }
  CHECK(load_leniently(request).problems.size() == 1);
}

TEST_CASE("config: hooks and sinks have sections of their own, also from flags") {
  Etc etc;
  etc.folder.write("preemptd.toml",
                   "[hook.'20-kubernetes.sh']\ntimeout = '90s'\nevents = ['drain']\n"
                   "[sink.ops]\ntype = 'webhook'\nurl = 'https://ops.example/in'\nevents = ['preemptd.notice.seen']\n");
  auto request = etc.request();
  request.sets = {"hook.\"20-kubernetes.sh\".reserve=20s", "hook.50-save.grace=1s", "sink.chat.type=slack",
                  "sink.chat.url_file=/etc/x", "sink.ops.timeout=3s"};
  const auto loaded = load(request);
  REQUIRE(loaded);
  const auto& hooks = loaded->config.hooks.by_name;
  REQUIRE(hooks.size() == 2);
  CHECK(hooks.at("20-kubernetes.sh").timeout == Seconds(90));
  CHECK(hooks.at("20-kubernetes.sh").reserve == Seconds(20));
  CHECK_FALSE(hooks.at("50-save").timeout.has_value());
  REQUIRE(loaded->config.sinks.size() == 2);
  CHECK(loaded->config.sinks[0].name == "chat");
  CHECK(loaded->config.sinks[1].timeout == Seconds(3));
  CHECK(origin(*loaded, "hook.\"20-kubernetes.sh\".timeout").ends_with(":2:1"));
}

TEST_CASE("config: flags are read by the kind of their key") {
  const struct {
    const char* set;
    const char* problem;
  } cases[] = {
      {"drain.parallel=3", ""},
      {"metadata.allow_plain=true", ""},
      {"hooks.folders=/a,/b", ""},
      {"hooks.folders=", ""},
      {"hooks.folders=[\"/a\", \"/b,c\"]", ""},
      {"hooks.folders=[\"/a\"", "--set 'folders' takes a list of absolute paths, not '[\"/a\"'"},
      {"hooks.folders=[\"/a\"]\nx = [\"/b\"]",
       "--set 'folders' takes a list of absolute paths, not '[\"/a\"]\\nx = [\"/b\"]'"},
      {"control.region=", ""},
      {"drain.parallel=three", "--set 'parallel' takes a whole number from 1 to 500, not 'three'"},
      {"metadata.allow_plain=1", "--set 'allow_plain' takes true or false, not '1'"},
      {"metadata.interval=5",
       "--set 'interval': '5' is not a duration: the unit is missing (write it like 90s, 5m, 1h30m or "
       "300ms)"},
      {"metadata.intervl=5s", "--set unknown key 'intervl' in [metadata]; did you mean 'interval'?"},
      {"metadata", "--set 'metadata' is not section.key=value"},
      {"metadata=1", "--set 'metadata' is not section.key=value"},
      {"metadata.x.interval=1s", "--set [metadata] has no sections below it"},
      {"hook.timeout=1s", "--set '' is not a name for [hook.NAME]: letters, digits, '.', '_', '-'"},
  };
  for (const auto& c : cases) {
    Etc etc;
    auto request = etc.request();
    request.sets = {c.set};
    CAPTURE(c.set);
    CHECK(first_problem(load_leniently(request)) == c.problem);
  }
}

TEST_CASE("config: a flag takes a list as the file writes it") {
  Etc etc;
  auto request = etc.request();
  request.sets = {R"(hooks.folders = ["/a", "/b,c"])"};
  CHECK(load_leniently(request).config.hooks.folders == std::vector<std::string>{"/a", "/b,c"});
}

TEST_CASE("config: a misspelt variable of the environment is a warning, because others may use the prefix") {
  Etc etc;
  auto request = etc.request();
  request.environment = {{"PREEMPTD_METADATA_INTERVALL", "1s"}};
  const auto loaded = load(request);
  REQUIRE(loaded);
  REQUIRE(loaded->warnings.size() == 1);
  CHECK(loaded->warnings[0] ==
        "environment PREEMPTD_METADATA_INTERVALL: no such setting, ignored; did you mean PREEMPTD_METADATA_INTERVAL?");
}

TEST_CASE("config: reports that would leave the machine unencrypted are a warning") {
  const struct {
    const char* url;
    bool warns;
  } cases[] = {{"http://ops.example/in", true},     {"https://ops.example/in", false},
               {"http://127.0.0.1:8080/in", false}, {"http://[::1]:8080/in", false},
               {"http://localhost:8080/in", false}, {"http://10.0.0.1/in", true}};
  for (const auto& c : cases) {
    CAPTURE(c.url);
    const auto loaded = loaded_from("[sink.ops]\ntype = 'webhook'\nurl = '" + std::string(c.url) + "'\n");
    CHECK(loaded.problems.empty());
    CHECK(loaded.warnings.size() == (c.warns ? 1 : 0));
  }
}

TEST_CASE("config: show lists every key with its value and where it came from, and no secret part of an address") {
  Etc etc;
  etc.folder.write("preemptd.toml",
                   "[sink.ops]\ntype = 'webhook'\nurl = 'https://u:p@ops.example/hook/SECRET?k=SECRET'\n");
  const auto loaded = load(etc.request());
  REQUIRE(loaded);
  const auto lines = show(*loaded);
  const auto find = [&](const std::string& key) {
    const auto at = std::find_if(lines.begin(), lines.end(), [&](const Shown& line) { return line.key == key; });
    REQUIRE(at != lines.end());
    return *at;
  };
  CHECK(find("metadata.interval").value == "\"1s\"");
  CHECK(find("metadata.interval").origin == "default");
  CHECK(find("sink.ops.url").value == "\"https://ops.example/…\"");
  CHECK(find("sink.ops.url").origin == etc.file + ":3:1");
  CHECK(find("hooks.timeout").value == "");
  CHECK(find("drain.start").value == "\"automatic\"");
}

TEST_CASE("config: text that is not TOML is one problem with its place, and no crash") {
  for (const char* text :
       {"[", "[metadata\n", "a = ", "\xff\xfe", "[metadata]\ninterval = '1s", "= 1", "[[sink]]\n[[sink.x]]\n"}) {
    CAPTURE(text);
    CHECK_FALSE(loaded_from(text).problems.empty());
  }
  // What toml++ has assertions about.
  for (const std::string& text :
       {std::string("[.metadata]\n"), std::string("[[.sink]]\n"), std::string("[\0\0u\"\n", 5)}) {
    CAPTURE(text);
    CHECK(first_problem(loaded_from(text)).find("expected bare key starting character") != std::string::npos);
  }
  CHECK_FALSE(loaded_from("S\xef\xbb\xbb#m").problems.empty());
  std::string deep(5000, '[');
  CHECK_FALSE(loaded_from("x = " + deep).problems.empty());
}
