#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sys/child.h"
#include "sys/files.h"
#include "world.h"

using namespace preemptd;
using namespace preemptd::e2e;

namespace {

Finished ctl(std::vector<std::string> arguments, std::vector<std::string> more = {}) {
  std::vector<std::string> environment{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  environment.insert(environment.end(), more.begin(), more.end());
  return run(program("preemptctl"), arguments, environment);
}

std::string executable(const fakes::TempFolder& folder, const std::string& name, const std::string& text) {
  const auto path = folder.write(name, text);
  ::chmod(path.c_str(), 0755);
  return path;
}

}  // namespace

TEST_CASE("e2e: a new hook is there, lints clean, runs, and is not overwritten") {
  const fakes::TempFolder folder;
  const std::string hooks = folder / "hooks.d";
  for (const char* language : {"sh", "python"}) {
    CAPTURE(language);
    const std::string name = std::string("30-save-") + language;
    const auto made = ctl({"hooks", "new", name, "--to", hooks, "--language", language});
    CHECK(made.exit == 0);
    CHECK(made.out.find("created: ") != std::string::npos);
    CHECK(ctl({"hooks", "new", name, "--to", hooks, "--language", language}).exit == 1);
    const auto ran = ctl({"hooks", "run", std::string("save-") + language, "--hooks", hooks, "--undo"});
    CAPTURE(ran.out);
    CAPTURE(ran.err);
    CHECK(ran.exit == 0);
    CHECK(ran.out.find("would save now") != std::string::npos);
    CHECK(ran.out.find("nothing to take back") != std::string::npos);
  }
  const auto lint = ctl({"hooks", "lint", "--hooks", hooks});
  CHECK(lint.exit == 0);
  CHECK(ctl({"hooks", "new", "a b", "--to", hooks}).exit == 1);
  const auto mistaken = ctl({"hooks", "new", "30_save", "--to", hooks});
  CHECK(mistaken.exit == 1);
  CHECK(mistaken.err.find("rename it to 30-save.sh") != std::string::npos);
  executable(folder, "hooks.d/40_save", "#!/bin/sh\n# preemptd: timeout=5s reserve=1s\n:\n");
  for (const char* command : {"lint", "list"}) {
    const auto said = ctl({"hooks", command, "--hooks", hooks});
    CHECK((said.out + said.err).find("rename it to 40-save") != std::string::npos);
  }
}

TEST_CASE("e2e: a hook run by itself leaves the hook of another run alone") {
  const fakes::TempFolder folder;
  executable(folder, "hooks.d/10-a",
             "#!/bin/sh\n[ \"$1\" = drain ] && : >" + (folder / "started") + " && until [ -e " + (folder / "end") +
                 " ]; do sleep 0.05; done\n");
  executable(folder, "hooks.d/20-b", "#!/bin/sh\n:\n");
  cli::ChildProcesses children;
  REQUIRE(
      children
          .start("a", program("preemptctl"), {"hooks", "run", "10-a", "--hooks", folder / "hooks.d"}, folder / "log")
          .has_value());
  REQUIRE(eventually([&] { return std::filesystem::exists(folder / "started"); }));
  CHECK(ctl({"hooks", "run", "20-b", "--undo", "--hooks", folder / "hooks.d"}).exit == 0);
  folder.write("end", "");
  REQUIRE(eventually([&] { return !children.running("a"); }));
  const auto log = sys::read_file(folder / "log", 65536);
  REQUIRE(log->has_value());
  CAPTURE(**log);
  CHECK((*log)->find("10-a: ok") != std::string::npos);
}

TEST_CASE("e2e: lint finds what would keep a hook from running") {
  const fakes::TempFolder folder;
  executable(folder, "hooks.d/10-syntax.sh", "#!/bin/sh\nif true; then\n");
  executable(folder, "hooks.d/20-windows.sh", "#!/bin/sh\r\necho\r\n");
  executable(folder, "hooks.d/30-nowhere", "#!/nowhere/python\n");
  folder.write("hooks.d/40-not-executable", "#!/bin/sh\n");
  const std::string hooks = folder / "hooks.d";
  const auto all = ctl({"hooks", "lint", "--hooks", hooks, "--json"});
  CHECK(all.exit == 1);
  const auto json = core::parse_json(all.out);
  REQUIRE(json.has_value());
  for (const char* name : {"10-syntax.sh", "20-windows.sh", "30-nowhere", "40-not-executable"}) {
    CAPTURE(name);
    const auto& findings = (*json)["findings"];
    CHECK(std::any_of(findings.begin(), findings.end(),
                      [&](const Json& one) { return one["hook"] == name && one["level"] == "error"; }));
  }
  CHECK(ctl({"hooks", "lint", "nothing", "--hooks", hooks}).exit == 4);
}

TEST_CASE("e2e: lint says what is wrong with each hook, and warnings fail an image build only with --strict") {
  const fakes::TempFolder folder;
  executable(folder, "bad/10-setuid", "#!/bin/sh\n");
  ::chmod((folder / "bad/10-setuid").c_str(), 04755);
  executable(folder, "bad/20-writable", "#!/bin/sh\n");
  ::chmod((folder / "bad/20-writable").c_str(), 0775);
  executable(folder, "bad/30-env.py", "#!/usr/bin/env python9\n");
  executable(folder, "bad/40-python.py", "#!/usr/bin/env python3\nif True\n");
  executable(folder, "bad/50-empty-interpreter", "#!\n");
  executable(folder, "bad/60-cr.sh", "#!/bin/sh\r\n");
  const auto bad = ctl({"hooks", "lint", "--hooks", folder / "bad"});
  CHECK(bad.exit == 1);
  for (const char* what : {"setuid", "chmod go-w", "python9, which is not on the hooks' PATH",
                           "its interpreter refuses it", "names no interpreter", "CR line ends"}) {
    CAPTURE(what);
    CAPTURE(bad.out);
    CHECK(bad.out.find(what) != std::string::npos);
  }
  executable(folder, "odd/10-no-limits", "#!/bin/sh\n");
  executable(folder, "odd/20-backup.bak", "#!/bin/sh\n");
  executable(folder, "odd/30-mistake", "#!/bin/sh\n# preemptd: timeout=5s reserv=2s\n");
  const auto odd = ctl({"hooks", "lint", "--hooks", folder / "odd"});
  CAPTURE(odd.out);
  CHECK(odd.exit == 0);
  CHECK(odd.out.find("has no limits") != std::string::npos);
  CHECK(odd.out.find("ignored: ") != std::string::npos);
  CHECK(odd.out.find("reserve") != std::string::npos);
  CHECK(odd.out.find("30-mistake", odd.out.find("30-mistake") + 1) == std::string::npos);  // each thing is said once
  CHECK(ctl({"hooks", "lint", "--strict", "--hooks", folder / "odd"}).exit == 1);
  CHECK(ctl({"hooks", "lint", "--strict", "--hooks", folder / "none"}).exit == 4);
}

TEST_CASE("e2e: lint refuses a folder that others may write to, and a file system that executes nothing") {
  const fakes::TempFolder folder;
  executable(folder, "open/hooks.d/10-a", "#!/bin/sh\n# preemptd: timeout=5s\n");
  ::chmod((folder / "open").c_str(), 0777);
  const auto open = ctl({"hooks", "lint", "--hooks", folder / "open/hooks.d"});
  CAPTURE(open.out);
  CHECK(open.exit == 1);
  CHECK(open.out.find("writable by everybody") != std::string::npos);
  if (::geteuid() != 0) {
    MESSAGE("SKIP lint on a noexec mount: needs root to mount a file system");
    return;
  }
  std::filesystem::create_directory(folder / "noexec");
  const std::string script = "mount -t tmpfs -o noexec,mode=755 none " + (folder / "noexec") +
                             " && printf '#!/bin/sh\\n' >" + (folder / "noexec/10-a") + " && chmod 755 " +
                             (folder / "noexec/10-a") + " && exec " + program("preemptctl") + " hooks lint --hooks " +
                             (folder / "noexec");
  const auto noexec = run("/usr/bin/unshare", {"--mount", "/bin/sh", "-c", script});
  CAPTURE(noexec.err);
  CHECK(noexec.exit == 1);
  CHECK(noexec.out.find("mounted noexec") != std::string::npos);
}

TEST_CASE("e2e: a hook that keeps the contract passes its check, in a rehearsal and in earnest") {
  const fakes::TempFolder folder;
  for (const char* language : {"sh", "python"})
    REQUIRE(ctl({"hooks", "new", std::string("30-") + language, "--to", folder.path(), "--language", language}).exit ==
            0);
  for (const char* file : {"30-sh.sh", "30-python.py"}) {
    const auto checked = ctl({"hooks", "check", folder / file, "--real"});
    CAPTURE(checked.out);
    CAPTURE(checked.err);
    CHECK(checked.exit == 0);
    CHECK(checked.out.find("a second undo ended with 0") != std::string::npos);
  }
  CHECK(ctl({"hooks", "check", folder / "30-none"}).exit == 4);
}

TEST_CASE("e2e: a check names each rule of the contract that a hook breaks") {
  struct Row {
    const char* body;
    const char* check;
  };
  const std::string keeps = "[ \"$1\" = drain ] || [ \"$1\" = undo ] || exit 64; echo would save; ";
  for (const Row& row :
       {Row{"[ $1 = undo ] && exit 3", "undo"}, Row{"exit 9", "rehearsal"}, Row{"exec >/dev/null; exit 0", "words"},
        Row{"touch $PREEMPT_STATE_DIR/x", "state"}, Row{"sleep 1000 & exit 0", "rehearsal"}}) {
    CAPTURE(row.body);
    const fakes::TempFolder folder;
    const std::string before = std::string(row.check) == "words" ? "" : keeps;
    const auto file =
        executable(folder, "20-a", "#!/bin/sh\n# preemptd: timeout=5s grace=1s\n" + before + row.body + "\n");
    const auto checked = ctl({"hooks", "check", file, "--json"});
    CHECK(checked.exit == 1);
    const auto json = core::parse_json(checked.out);
    REQUIRE(json.has_value());
    const auto& checks = (*json)["checks"];
    CAPTURE(checked.out);
    CHECK(std::any_of(checks.begin(), checks.end(),
                      [&](const Json& one) { return one["check"] == row.check && one["finding"] == "fail"; }));
  }
  const fakes::TempFolder folder;
  const auto slow = executable(folder, "20-slow",
                               "#!/bin/sh\n# preemptd: timeout=5s grace=1s\n" + keeps +
                                   "[ $PREEMPT_SECONDS_LEFT -gt 5 ] || { trap '' TERM; sleep 5; }\n");
  CHECK(ctl({"hooks", "check", slow}).out.find("was still there after its SIGTERM") != std::string::npos);
  const auto broken = executable(folder, "20-broken", "#!/bin/sh\nif\n");
  const auto checked = ctl({"hooks", "check", broken});
  CHECK(checked.exit == 1);
  CHECK(checked.out.find("not tried") != std::string::npos);
}

TEST_CASE("e2e: a ready-made hook is linked into its stage and out again") {
  const fakes::TempFolder folder;
  executable(folder, "ready/grid", "#!/bin/sh\n# preemptd: stage=15 timeout=5s\n");
  const std::vector<std::string> where{"--from", folder / "ready", "--to", folder / "hooks.d"};
  auto with = [&](std::vector<std::string> words) {
    words.insert(words.end(), where.begin(), where.end());
    return ctl(words);
  };
  CHECK(with({"hooks", "enable", "grd"}).err.find("did you mean grid?") != std::string::npos);
  CHECK(with({"hooks", "enable", "grid"}).exit == 0);
  CHECK(with({"hooks", "enable", "grid"}).exit == 0);
  CHECK(std::filesystem::read_symlink(folder / "hooks.d/15-grid") == folder / "ready/grid");
  CHECK_FALSE(std::filesystem::exists(folder / "hooks.conf.d"));
  CHECK(with({"hooks", "disable", "grid"}).exit == 0);
  CHECK_FALSE(std::filesystem::exists(folder / "hooks.d/15-grid"));
  CHECK(with({"hooks", "disable", "grid"}).exit == 4);
}

TEST_CASE("e2e: a masked hook stays masked however often it is disabled, until it is enabled") {
  const fakes::TempFolder folder;
  executable(folder, "ready/grid", "#!/bin/sh\n# preemptd: stage=15 timeout=5s\n");
  std::filesystem::create_directory(folder / "hooks.d");
  const auto with = [&](const char* command, const char* name) {
    return ctl({"hooks", command, name, "--from", folder / "ready", "--to", folder / "hooks.d"});
  };
  for (const char* name : {"40-packaged", "15-grid"}) {
    const std::string mask = folder / ("hooks.d/" + std::string(name));
    std::filesystem::create_symlink("/dev/null", mask);
    for (const char* word : {name, name + 3}) {
      CAPTURE(word);
      CHECK(with("disable", word).exit == 0);
      CHECK(std::filesystem::read_symlink(mask) == "/dev/null");
    }
  }
  CHECK(with("enable", "40-packaged").exit == 0);
  CHECK_FALSE(std::filesystem::is_symlink(folder / "hooks.d/40-packaged"));
  CHECK(with("enable", "grid").exit == 0);
  CHECK(std::filesystem::read_symlink(folder / "hooks.d/15-grid") == folder / "ready/grid");
}

TEST_CASE("e2e: a ready-made hook comes with a sample of its settings, and settings that are there are left alone") {
  const fakes::TempFolder folder;
  executable(folder, "ready/grid", "#!/bin/sh\n# preemptd: stage=15 timeout=5s\n");
  folder.write("ready/conf/grid.conf", "# Settings of grid\n#NODE=\n");
  const auto enable = [&] {
    return ctl({"hooks", "enable", "grid", "--from", folder / "ready", "--to", folder / "hooks.d"});
  };
  const std::string settings = folder / "hooks.conf.d/grid.conf";
  const auto first = enable();
  CHECK(first.exit == 0);
  CHECK(first.out.find("settings: " + settings) != std::string::npos);
  CHECK(sys::read_file(settings, 4096)->value() == "# Settings of grid\n#NODE=\n");
  folder.write("hooks.conf.d/grid.conf", "NODE=n1\n");
  CHECK(enable().exit == 0);
  CHECK(sys::read_file(settings, 4096)->value() == "NODE=n1\n");
}

TEST_CASE("e2e: a ready-made hook is linked by its whole path, however the folder it comes from was written") {
  const fakes::TempFolder folder;
  executable(folder, "ready/grid", "#!/bin/sh\n# preemptd: stage=15 timeout=5s\n");
  const std::string relative = (folder / "ready").substr(1);  // programs run in "/" here
  CHECK(ctl({"hooks", "enable", "grid", "--from", relative, "--to", folder / "hooks.d"}).exit == 0);
  CHECK(::access((folder / "hooks.d/15-grid").c_str(), X_OK) == 0);
}

TEST_CASE("e2e: remaining and await follow the notice") {
  World world;
  world.start_agent();
  CHECK(world.ctl({"remaining"}).exit == 4);
  CHECK(world.ctl({"await", "--timeout", "300ms"}).exit == 3);
  world.reclaim(Seconds(60));
  const auto told = world.ctl({"await", "--timeout", "20s"});
  CHECK(told.exit == 0);
  CHECK(told.out.find("this instance goes at") != std::string::npos);
  const auto left = world.ctl({"remaining"});
  CHECK(left.exit == 0);
  CHECK(std::stoi(left.out) > 40);
  CHECK(world.ctl({"await", "--before", "10s", "--timeout", "300ms"}).exit == 3);
  CHECK(world.ctl({"await", "--before", "10m", "--timeout", "5s"}).exit == 0);
}

TEST_CASE("e2e: inside a hook remaining counts to its stop-by") {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto left = ctl({"remaining"}, {"PREEMPT_STOP_BY=" + std::to_string(now + 100)});
  CHECK(left.exit == 0);
  CHECK(std::stoi(left.out) >= 98);
  CHECK(std::stoi(left.out) <= 100);
}

TEST_CASE("e2e: a program told to save is waited for, and not believed without its mark") {
  const fakes::TempFolder folder;
  struct Row {
    std::string on_signal;
    int exit;
    std::string says;
  };
  const std::string done = folder / "done";
  for (const Row& row :
       {Row{"sleep 0.2; echo >" + done, 0, "saved after"}, Row{":", 3, "not saved: no mark"},
        Row{"echo >" + done + "; exit 0", 0, "saved after"}, Row{"exit 0", 1, "not saved: the process ended"}}) {
    CAPTURE(row.on_signal);
    std::filesystem::remove(done);
    std::filesystem::remove(folder / "ready");
    sys::SpawnRequest request;
    request.path = "/bin/sh";
    request.argv = {"sh", "-c",
                    "trap '" + row.on_signal + "' USR1; echo $$ >" + (folder / "pid") + "; : >" + (folder / "ready") +
                        "; while :; do sleep 0.05; done"};
    request.env = {"PATH=/usr/bin:/bin"};
    request.die_with_parent = true;
    const auto child = sys::spawn(request);
    REQUIRE(child.has_value());
    REQUIRE(eventually([&] { return std::filesystem::exists(folder / "ready"); }));
    const auto saved = ctl({"checkpoint", "--pidfile", folder / "pid", "--done-file", done, "--within", "2s"});
    CHECK(saved.exit == row.exit);
    CHECK(saved.out.find(row.says) != std::string::npos);
    ::kill(child->pid, SIGKILL);
  }
  CHECK(ctl({"checkpoint", "--pid", "4194303", "--done-file", done}).exit == 4);
  CHECK(ctl({"checkpoint", "--pid", "4194303"}).exit == 1);
  CHECK(ctl({"checkpoint", "--pid", "4194303", "--pidfile", folder / "pid", "--done-file", done}).exit == 1);
  for (const char* text : {"0\n", "", "none"}) {
    CAPTURE(text);
    CHECK(ctl({"checkpoint", "--pidfile", folder.write("no-pid", text), "--done-file", done}).exit == 4);
  }
  const auto missing = ctl({"checkpoint", "--pidfile", folder / "none", "--done-file", done});
  CHECK(missing.exit == 4);
  CHECK(missing.err.find("there is no such file") != std::string::npos);
  CHECK(ctl({"checkpoint", "--pidfile", folder.path(), "--done-file", done}).exit == 1);
}

TEST_CASE("e2e: a drain by hand and its undo go the same way as the cloud's") {
  for (const bool with_agent : {true, false}) {
    CAPTURE(with_agent);
    World world;
    world.hook("10-a", "echo $1 $PREEMPT_SOURCE >>$OUT/calls");
    if (with_agent) world.start_agent();
    CHECK(world.ctl({"undo", "--yes"}).exit == 4);
    CHECK(world.ctl({"drain"}).exit == 1);  // nobody to ask
    const auto drained = world.ctl({"drain", "--yes", "--notice", "30s", "--reason", "a new kernel"});
    CAPTURE(drained.out);
    CAPTURE(drained.err);
    CHECK(drained.exit == 0);
    CHECK(world.written("calls") == "drain manual\n");
    CHECK(world.record()->notice.reason == "a new kernel");
    CHECK(world.ctl({"drain", "--yes"}).err.find("there is a notice already") != std::string::npos);
    const auto undone = world.ctl({"undo", "--yes"});
    CAPTURE(undone.out);
    CAPTURE(undone.err);
    CHECK(undone.exit == 0);
    CHECK(world.written("calls") == "drain manual\nundo manual\n");
    const auto again = world.ctl({"undo", "--yes"});
    CHECK(again.exit == 4);
    CHECK(again.err.find("was undone already") != std::string::npos);
    if (with_agent) CHECK(eventually([&] { return world.webhook().has("preemptd.undo.finished"); }));
  }
}

TEST_CASE("e2e: undo leaves a notice alone whose drain has not begun") {
  World::Options options;
  options.environment = {"PREEMPTD_DRAIN_START=never"};
  World world(options);
  world.hook("10-a", "echo $1 >>$OUT/calls");
  world.start_agent();
  world.reclaim(Seconds(60));
  REQUIRE(world.ctl({"await", "--timeout", "20s"}).exit == 0);
  const auto undone = world.ctl({"undo", "--yes"});
  CAPTURE(undone.out);
  CHECK(undone.exit == 4);
  CHECK(undone.err.find("has begun: nothing to undo") != std::string::npos);
  CHECK(world.ctl({"remaining"}).exit == 0);
  CHECK(world.written("calls").empty());
}

TEST_CASE(
    "e2e: a drain by hand publishes no notice that drainers cannot read, and says what to do about one that is there") {
  World world;
  world.hook("10-a", "echo $1 >>$OUT/calls");
  const std::string notice = world.folder() / "run/notice.json";
  for (const std::string& reason :
       {std::string(1025, 'x'), std::string("two\nlines"), std::string("\x1b[31m"), std::string("\xff")}) {
    CAPTURE(reason);
    const auto drained = world.ctl({"drain", "--yes", "--reason", reason});
    CHECK(drained.exit == 1);
    CHECK(drained.err.find("--reason is one line of UTF-8, at most 1024 bytes") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(notice));
  }
  CHECK(world.ctl({"drain", "--yes", "--notice", "0s"}).err.find("no time to drain in") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(notice));
  world.folder().write("run/notice.json", "{");
  for (const char* command : {"drain", "undo"}) {
    const auto refused = world.ctl({command, "--yes"});
    CHECK(refused.exit == 1);
    CHECK(refused.err.find(notice) != std::string::npos);
    CHECK(refused.err.find("move that file away") != std::string::npos);
  }
  std::filesystem::remove(notice);
  CHECK(world.ctl({"drain", "--yes", "--notice", "30s", "--reason", std::string(1024, 'x')}).exit == 0);
  CHECK(world.written("calls") == "drain\n");
}

TEST_CASE("e2e: the doctor sees a working node, and what is wrong with another") {
  World world;
  world.hook("10-a", "# preemptd: timeout=5s\n:");
  world.start_agent();
  const std::vector<std::string> with_tags{"doctor", "--json", "--set", "sink.marks.type=tag"};
  const auto seen = core::parse_json(world.ctl(with_tags).out);
  REQUIRE(seen.has_value());
  auto finding = [&](const Json& document, const std::string& check) {
    for (const auto& one : document["checks"]) {
      if (one["check"] == check) return one["finding"].get<std::string>();
    }
    return std::string("missing");
  };
  for (const char* check : {"configuration", "plan", "state", "metadata", "role", "api", "spot", "clock", "sink test",
                            "permission marks", "agent"}) {
    CAPTURE(check);
    CAPTURE(seen->dump());
    CHECK(finding(*seen, check) == "ok");
  }
  CHECK(finding(*seen, "token-mode") == "warn");
  CHECK(world.ctl({"doctor", "--bake", "--json"}).out.find("metadata") == std::string::npos);
  world.fault({{"target", "api"}, {"kind", "status"}, {"value", 503}});
  world.webhook().answer_with(200);
  const auto sick = world.ctl({"doctor", "--json"});
  CHECK(sick.exit == 1);
  CHECK(finding(*core::parse_json(sick.out), "api") == "fail");
  CHECK(finding(*core::parse_json(sick.out), "metadata") == "ok");
}

TEST_CASE("e2e: a record becomes a page of its own") {
  World world;
  world.hook("10-a", "echo hello; exit 3");
  world.start_agent();
  world.reclaim(Seconds(10));
  REQUIRE(world.drained());
  const std::string file = world.folder() / "page.html";
  CHECK(world.ctl({"records", "show", "--html", file}).exit == 0);
  const auto page = run("/bin/cat", {file});
  for (const char* text : {"1 of 1 hook failed: 10-a; ended", "class=\"chart\"", "exit code 3", "hello"}) {
    CAPTURE(text);
    CHECK(page.out.find(text) != std::string::npos);
  }
}
