#include "cli/doctor/bundle.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <set>

#include "fakes/temp_folder.h"

using namespace preemptd;
using namespace preemptd::cli;

namespace {

BundlePart part(const std::string& name, const std::string& text) {
  return {name, [text]() -> core::Result<std::string> { return text; }};
}

std::string content_of(const Bundle& bundle, const std::string& name) {
  for (const auto& [file, text] : bundle.files)
    if (file == name) return text;
  return "";
}

}  // namespace

TEST_CASE("bundle: a part that fails or does not answer is a note, and the others are there") {
  const std::vector<BundlePart> parts{
      part("a.txt", "one"),
      {"b.txt", []() -> core::Result<std::string> { return core::fail(core::ErrorCode::local, "no such file", "/b"); }},
      {"c.txt",
       []() -> core::Result<std::string> {
         for (;;) ::pause();
       }},
      {"d.txt", []() -> core::Result<std::string> { ::_exit(3); }},
      part("e.txt", "two")};
  BundleLimits limits;
  limits.part_time = core::Millis(200);
  const auto bundle = collect_bundle(parts, {}, limits);
  CHECK(content_of(bundle, "a.txt") == "one");
  CHECK(content_of(bundle, "e.txt") == "two");
  REQUIRE(bundle.notes.size() == 3);
  CHECK(bundle.notes[0] == "b.txt: /b: no such file");
  CHECK(bundle.notes[1] == "c.txt: no answer in time");
  CHECK(bundle.notes[2] == "d.txt: the process that collected it died");
}

TEST_CASE("bundle: its time ends for all parts together") {
  BundleLimits limits;
  limits.whole_time = core::Millis(0);
  const auto bundle = collect_bundle({part("a.txt", "one")}, {}, limits);
  CHECK(bundle.files.empty());
  CHECK(bundle.notes == std::vector<std::string>{"a.txt: not collected, the time for the whole bundle was over"});
}

TEST_CASE("bundle: of a long part the last whole lines are kept, and too many parts are left out") {
  BundleLimits limits;
  limits.part_bytes = 2048;
  limits.whole_bytes = 4000;
  std::string lines;
  for (int i = 1000; i < 2000; ++i) lines += "line " + std::to_string(i) + "\n";
  const auto bundle = collect_bundle({part("a", lines), part("b", lines), part("c", "short")}, {}, limits);
  const auto kept = content_of(bundle, "a");
  CHECK(kept.size() <= 2048);
  CHECK(kept.starts_with("line "));
  CHECK(kept.ends_with("line 1999\n"));
  CHECK(content_of(bundle, "b").empty());
  CHECK(content_of(bundle, "c") == "short");
  REQUIRE(bundle.notes.size() == 2);
  CHECK(bundle.notes[0].starts_with("a: only the last "));
  CHECK(bundle.notes[1] == "b: left out, the bundle is large enough");
}

TEST_CASE("bundle: secrets of sinks, hooks and the environment are in no file and no note") {
  const fakes::TempFolder folder;
  config::Config config;
  config::Sink sink;
  sink.name = "chat";
  sink.url_file = folder.write("url", "https://example.test/robot/send?access_token=canary-url-0001\n");
  sink.secret_file = folder.write("secret", "whsec_canary-signing-0002\n\ncanary-signing-0003\n");
  sink.token_file = folder.write("token", "canary-bearer-0004");
  sink.url = "https://canary-user-0005:canary-pass-0006@example.test/canary-path-0007";
  sink.command = {"/usr/bin/tell", "--token", "canary-argument-0008"};
  config.sinks.push_back(sink);
  config.control.proxy = "http://u:canary-proxy-0009@proxy.test:3128";
  folder.write("conf.d/redis.conf", "# settings\nREDIS_PASSWORD='canary-hook-0010'\nHOST=host-visible\n");
  std::vector<std::string> notes;
  const auto redactor = secrets_of(config, {"ALIBABA_CLOUD_ACCESS_KEY_SECRET=canary-environment-0011", "HOME=/root"},
                                   folder / "conf.d", notes);
  CHECK(notes.empty());
  std::string all = "host-visible /root ";
  for (const char* canary :
       {"canary-url-0001", "canary-signing-0002", "canary-signing-0003", "canary-bearer-0004", "canary-pass-0006",
        "canary-path-0007", "canary-argument-0008", "canary-proxy-0009", "canary-hook-0010", "canary-environment-0011"})
    all += std::string("said ") + canary + "; ";
  const std::vector<BundlePart> parts{part("said.txt", all), {"failed.txt", [&]() -> core::Result<std::string> {
                                                                return core::fail(core::ErrorCode::local, all);
                                                              }}};
  const auto bundle = collect_bundle(parts, redactor, {});
  CAPTURE(content_of(bundle, "said.txt"));
  CHECK(content_of(bundle, "said.txt").find("canary") == std::string::npos);
  CHECK(content_of(bundle, "said.txt").starts_with("host-visible /root "));
  REQUIRE(bundle.notes.size() == 1);
  CHECK(bundle.notes[0].find("canary") == std::string::npos);
}

TEST_CASE("bundle: where a secret cannot be read, the bundle says so") {
  const fakes::TempFolder folder;
  config::Config config;
  config.sinks.emplace_back().token_file = folder / ".";  // a folder is no secret
  config.sinks.emplace_back().token_file = folder.write("token", "canary-bearer-0012");
  std::vector<std::string> notes;
  folder.write("conf.d/sub/x", "");
  const auto redactor = secrets_of(config, {}, folder / "conf.d", notes);
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].starts_with("secrets in " + (folder / "conf.d/sub") + " are not known"));
  CHECK(notes[1].starts_with("secrets in " + (folder / ".") + " are not known"));
  CHECK(redactor.redact("says canary-bearer-0012").find("canary") == std::string::npos);
}

TEST_CASE("bundle: it holds status, settings, hooks, records, journals, units and versions") {
  const fakes::TempFolder folder;
  folder.write("state/drains/n-1/journal", "x\n");
  config::Loaded loaded;
  loaded.config.paths = {folder / "run", folder / "state"};
  std::set<std::string> names;
  for (const auto& each : bundle_parts(loaded, {}, "{}")) names.insert(each.file);
  for (const char* name : {"versions.txt", "checks.json", "settings.txt", "status.json", "notice.json", "hooks.txt",
                           "reports.txt", "records.txt", "units.txt", "journal.txt", "records/n-1/record.json",
                           "records/n-1/journal", "records/n-1/evidence.json"})
    CHECK_MESSAGE(names.count(name) == 1, name);
}

TEST_CASE("bundle: of an exec sink's command only the program is shown") {
  const fakes::TempFolder folder;
  const auto file = folder.write(
      "preemptd.toml", "[sink.x]\ntype = \"exec\"\ncommand = [\"/usr/bin/tell\", \"--token\", \"canary-1234\"]\n");
  const auto loaded = config::load_leniently({file, {}, {}});
  for (const auto& each : bundle_parts(loaded, {}, "{}")) {
    if (each.file != "settings.txt") continue;
    const auto text = each.collect();
    REQUIRE(text.has_value());
    CHECK(text->find("/usr/bin/tell") != std::string::npos);
    CHECK(text->find("canary-1234") == std::string::npos);
  }
}
