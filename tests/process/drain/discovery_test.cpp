#include "drain/hooks/discovery.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "drain/hooks/runnable.h"
#include "fakes/dead_mount.h"
#include "fakes/temp_folder.h"
#include "sys/files.h"
#include "sys/look.h"

using namespace preemptd;
using namespace preemptd::drain;

namespace {

class Folders {
 public:
  Folders() {
    for (const auto* name : {"vendor", "admin"}) REQUIRE(sys::make_folders(folder / name, 0755));
  }
  void write(const std::string& name, const std::string& text, mode_t mode = 0755) {
    REQUIRE(sys::write_file_atomically(folder / name, text, mode, sys::Durable::no));
  }
  void script(const std::string& name, mode_t mode = 0755) { write(name, "#!/bin/sh\nexit 0\n", mode); }
  void link(const std::string& target, const std::string& name) {
    REQUIRE(::symlink(target.c_str(), (folder / name).c_str()) == 0);
  }

  Discovery discover(GateMode gate = GateMode::real) {
    return drain::discover({{folder / "vendor", folder / "admin"}, {}, settings, gate});
  }
  /// "unsafe: is writable by …", or "runs".
  std::string standing(const std::string& name, GateMode gate = GateMode::real) {
    const auto all = discover(gate);
    for (const auto& hook : all.hooks)
      if (hook.spec.name == name && hook.standing != HookStatus::overridden)
        return std::string(name_of(hook.standing)) + (hook.reason.empty() ? "" : ": " + hook.reason);
    return "not found";
  }
  fakes::TempFolder folder;
  std::map<std::string, core::HookSettings> settings;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "discovery: hooks come in order of stage and byte order, later folders win, and nothing is left out in silence") {
  Folders f;
  for (const auto* name : {"vendor/20-b", "vendor/9-a", "admin/20-b", "vendor/20-B", "vendor/plain", "admin/60-z"})
    f.script(name);
  f.write("vendor/README", "words", 0644);
  f.write("vendor/30-x.bak", "words");
  const Discovery found = f.discover();
  std::string order;
  for (const auto& hook : found.hooks) order += hook.spec.name + "=" + std::string(name_of(hook.standing)) + " ";
  CHECK(order == "9-a=runs 20-B=runs 20-b=overridden 20-b=runs 30-x.bak=ignored README=unsafe plain=runs 60-z=runs ");
  CHECK(found.runnable().size() == 5);
  for (const auto& hook : found.hooks) CHECK(hook.reason.empty() == (hook.standing == HookStatus::runs));
}

TEST_CASE("discovery: a link to /dev/null or an empty file masks the name in earlier folders") {
  Folders f;
  f.script("vendor/10-a");
  f.script("vendor/20-b");
  f.link("/dev/null", "admin/10-a");
  f.write("admin/20-b", "");
  CHECK(f.discover().runnable().empty());
  CHECK(f.standing("10-a").starts_with("masked"));
  CHECK(f.standing("20-b").starts_with("masked"));
}

TEST_CASE("discovery: a missing folder is no fault, one that others may write to refuses all its hooks") {
  Folders f;
  f.script("vendor/10-a");
  f.script("admin/20-b");
  REQUIRE(::chmod((f.folder / "admin").c_str(), 0777) == 0);
  CHECK(f.standing("10-a") == "runs");
  CHECK(has(f.standing("20-b"), "is writable by everybody"));
  CHECK(f.discover().warnings.size() == 1);
  const Discovery nowhere = discover({{f.folder / "none"}, {}, {}, GateMode::real});
  CHECK(nowhere.hooks.empty());
  CHECK(nowhere.unread.empty());
}

TEST_CASE("discovery: where every folder is missing a warning names them, and not where one is there") {
  Folders f;
  CHECK(f.discover().warnings.empty());
  REQUIRE(::rmdir((f.folder / "vendor").c_str()) == 0);
  CHECK(f.discover().warnings.empty());
  REQUIRE(::rmdir((f.folder / "admin").c_str()) == 0);
  const auto warnings = f.discover().warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(has(warnings[0], "no folder for hooks exists: " + (f.folder / "vendor")));
  CHECK(has(warnings[0], f.folder / "admin"));
}

TEST_CASE("discovery: what lies in a refused folder neither masks nor overrides a hook of another one") {
  Folders f;
  for (const auto* name : {"10-a", "20-b", "30-c"}) f.script("vendor/" + std::string(name));
  f.link("/dev/null", "admin/10-a");
  f.write("admin/20-b", "");
  f.script("admin/30-c");
  f.link("/dev/null", "admin/40-d");
  REQUIRE(::chmod((f.folder / "admin").c_str(), 0777) == 0);
  for (const auto* name : {"10-a", "20-b", "30-c"}) CHECK(f.standing(name) == "runs");
  CHECK(f.standing("40-d").starts_with("masked"));
  CHECK(f.discover().runnable().size() == 3);
  CHECK(f.discover().runnable().front().path == f.folder / "vendor/10-a");
}

TEST_CASE("discovery: a hook that listens to undo alone has no part in the plan of a drain") {
  Folders f;
  f.script("vendor/10-a");
  f.write("vendor/20-b", "#!/bin/sh\n# preemptd: events=undo timeout=250s\n");
  CHECK(f.discover().runnable().size() == 2);
  REQUIRE(f.discover().called_on_drain().size() == 1);
  CHECK(f.discover().called_on_drain().front().name == "10-a");
}

TEST_CASE("gate: every way a hook can be unsafe is refused, with the cure") {
  Folders f;
  f.script("vendor/group", 0775);
  f.script("vendor/others", 0757);
  f.script("vendor/setuid", 04755);
  f.script("vendor/setgid", 02755);
  f.script("vendor/plain", 0644);
  REQUIRE(::mkfifo((f.folder / "vendor/fifo").c_str(), 0755) == 0);
  f.link(f.folder / "nowhere", "vendor/dangling");
  f.link("loop", "vendor/loop");
  for (const auto& [name, why] : {std::pair{"group", "is writable by others: chmod go-w it"},
                                  {"others", "is writable by others"},
                                  {"setuid", "is setuid or setgid"},
                                  {"setgid", "is setuid or setgid"},
                                  {"plain", "is not executable: chmod u+x it"},
                                  {"fifo", "is not a regular file"},
                                  {"dangling", "does not exist"},
                                  {"loop", "too long a chain of links"}}) {
    INFO(name);
    CHECK(f.standing(name).starts_with("unsafe: "));
    CHECK(has(f.standing(name), why));
  }
}

TEST_CASE("gate: a file or folder of another user is refused, wherever it is in the chain") {
  if (::geteuid() != 0) return;
  Folders f;
  f.script("vendor/file");
  f.script("vendor/fine");
  REQUIRE(::chown((f.folder / "vendor/file").c_str(), 65534, 0) == 0);
  CHECK(has(f.standing("file"), "is owned by uid 65534"));
  CHECK(f.standing("fine") == "runs");
  REQUIRE(::chown((f.folder / "vendor").c_str(), 65534, 0) == 0);
  CHECK(has(f.standing("fine"), "vendor is owned by uid 65534"));
  REQUIRE(::chown((f.folder / "vendor").c_str(), 0, 65534) == 0);
  REQUIRE(::chmod((f.folder / "vendor").c_str(), 0775) == 0);
  CHECK(has(f.standing("fine"), "is writable by its group"));
}

TEST_CASE("gate: a link as the last component is followed to a safe target, a linked folder is not") {
  Folders f;
  REQUIRE(sys::make_folders(f.folder / "share", 0755));
  f.script("share/real");
  f.script("share/bad", 0777);
  f.link(f.folder / "share/real", "vendor/10-absolute");
  f.link("../share/real", "vendor/20-dots");
  f.link(f.folder / "share/bad", "vendor/30-bad");
  f.link("share", "shortcut");
  f.link(f.folder / "shortcut/real", "vendor/40-folder");
  CHECK(f.standing("10-absolute") == "runs");
  CHECK(has(f.standing("20-dots"), "has '..' in it"));
  CHECK(has(f.standing("30-bad"), "share/bad is writable by others"));
  CHECK(has(f.standing("40-folder"), "is a linked folder"));
}

TEST_CASE("gate: a rehearsal lets sticky folders through and tells what the real gate would say") {
  Folders f;
  f.script("vendor/10-a");
  REQUIRE(::chmod((f.folder / "vendor").c_str(), 01777) == 0);
  CHECK(has(f.standing("10-a"), "is writable by everybody: keep hooks in a folder that only root writes"));
  CHECK(f.standing("10-a", GateMode::rehearsal) == "runs");
  const auto found = f.discover(GateMode::rehearsal);
  REQUIRE(found.hooks.size() == 1);
  REQUIRE(found.hooks[0].real_gate_refuses.size() == 1);
  CHECK(has(found.hooks[0].real_gate_refuses[0], "vendor is writable by everybody"));
  REQUIRE(::chmod((f.folder / "vendor").c_str(), 0777) == 0);
  CHECK(f.standing("10-a", GateMode::rehearsal).starts_with("unsafe"));
}

TEST_CASE("runnable: every way the kernel would refuse a hook is told beforehand, with its cure") {
  Folders f;
  f.write("vendor/crlf", "#!/bin/sh\r\nexit 0\r\n");
  f.write("vendor/missing", "#!/no/such/shell\n");
  f.write("vendor/env-missing", "#!/usr/bin/env no-such-program-anywhere\n");
  f.write("vendor/env-s", "#!/usr/bin/env -S sh -e\n");
  f.write("vendor/plain-text", "exit 0\n");
  f.write("vendor/no-name", "#!\n");
  f.write("vendor/not-executable-interpreter", "#!/etc/passwd\n");
  f.write("vendor/short-elf",
          "\x7f"
          "ELF");
  std::string foreign =
      "\x7f"
      "ELF";
  foreign.resize(64);
  foreign[4] = 2, foreign[5] = 1, foreign[16] = 2, foreign[18] = 22;  // a 64-bit program for the S/390
  f.write("vendor/foreign", foreign);
  f.write("vendor/blanks", "#! \t /bin/sh  -e\nexit 0\n");
  f.write("vendor/env-options", "#!/usr/bin/env -S -u FOO sh\n");
  f.write("vendor/env-folder", "#!/usr/bin/env -S -C /tmp sh\n");
  f.write("vendor/env-assignment", "#!/usr/bin/env -S PATH=/opt/own/bin own\n");
  f.write("vendor/env-s-missing", "#!/usr/bin/env -S no-such-program-anywhere -e\n");
#if defined(__x86_64__)
  std::string small =
      "\x7f"
      "ELF";
  small.resize(52);
  small[4] = 1, small[5] = 1, small[16] = 2, small[18] = 3;  // a 32-bit program for the i386, which needs no loader
  f.write("vendor/i386", small);
  CHECK(f.standing("i386") == "runs");
#endif
  for (const auto& [name, why] : {std::pair{"crlf", "has CR line ends"},
                                  {"missing", "/no/such/shell, which does not exist here"},
                                  {"env-s-missing", "no-such-program-anywhere, which is not on the hooks' PATH"},
                                  {"env-missing", "no-such-program-anywhere, which is not on the hooks' PATH"},
                                  {"plain-text", "neither a program nor a script"},
                                  {"no-name", "names no interpreter"},
                                  {"not-executable-interpreter", "which may not be executed"},
                                  {"short-elf", "is cut short"},
                                  {"foreign", "for another kind of processor (ELF machine 22)"}}) {
    INFO(name);
    CHECK(f.standing(name).starts_with("unrunnable: "));
    CHECK(has(f.standing(name), why));
  }
  for (const auto* name : {"blanks", "env-s", "env-options", "env-folder", "env-assignment"}) {
    INFO(name);
    CHECK(f.standing(name) == "runs");
  }
  sys::Fd shell;
  REQUIRE(sys::look_open("/bin/sh", shell) == 0);
  CHECK(why_not_runnable("/bin/sh", shell).why.empty());
}

TEST_CASE("discovery: options come from the script's header and its own settings, mistakes are warnings") {
  Folders f;
  f.write("vendor/10-a", "#!/bin/sh\n# preemptd: timeout=90s reserve=20s colour=red\n");
  f.settings["10-a"].timeout = core::Seconds(60);
  f.settings["10-aa"].timeout = core::Seconds(60);
  const auto found = f.discover();
  REQUIRE(found.hooks.size() == 1);
  CHECK(found.hooks[0].spec.options.timeout == core::Seconds(60));
  CHECK(found.hooks[0].spec.options.reserve == core::Seconds(20));
  CHECK(found.hooks[0].warnings == std::vector<std::string>{"'colour' is not an option"});
  REQUIRE(found.warnings.size() == 1);
  CHECK(has(found.warnings[0], "no such hook; did you mean 10-a?"));
}

TEST_CASE("discovery: the digest changes with a hook's bytes and options, and with nothing else") {
  Folders f;
  f.script("vendor/10-a");
  const std::string first = f.discover().digest();
  CHECK(f.discover().digest() == first);
  f.write("vendor/README.md", "words", 0644);
  CHECK(f.discover().digest() == first);
  f.settings["10-a"].grace = core::Seconds(1);
  CHECK(f.discover().digest() != first);
  f.settings.clear();
  f.write("vendor/10-a", "#!/bin/sh\nexit 1\n");
  CHECK(f.discover().digest() != first);
}

TEST_CASE("discovery: lint remarks on a hook that names no limits") {
  Folders f;
  f.script("vendor/10-a");
  f.write("vendor/20-b", "#!/bin/sh\n# preemptd: timeout=9s\n");
  const auto found = f.discover();
  CHECK(lint(found.hooks[0]).size() == 1);
  CHECK(lint(found.hooks[1]).empty());
}

TEST_CASE("discovery: a name of more than 64 bytes is a mistake that is told, not a leftover") {
  Folders f;
  const std::string fits(64, 'a'), long_name(65, 'a');
  for (const auto& name : {fits, long_name}) f.script("admin/" + name);
  CHECK(f.standing(fits) == "runs");
  CHECK(has(f.standing(long_name), "unrunnable: has a name of 65 bytes"));
}

TEST_CASE("discovery: a byte order mark before the first line is named") {
  Folders f;
  f.write("admin/10-bom", "\xEF\xBB\xBF#!/bin/sh\n");
  CHECK(has(f.standing("10-bom"), "begins with a byte order mark"));
}

TEST_CASE("discovery: a user who is not local, or may not read the hook or pass its folder, is told beforehand") {
  if (::geteuid() != 0) return;
  Folders f;
  const std::string script = "#!/bin/sh\n# preemptd: user=";
  f.write("admin/10-far", script + "no-such-account\n");
  f.write("admin/20-closed", script + "nobody\n", 0700);
  f.write("admin/30-open", script + "nobody\n");
  CHECK(has(f.standing("10-far"), "unrunnable: /etc/passwd: no local account 'no-such-account'"));
  CHECK(has(f.standing("20-closed"), "admin/20-closed may not be read and executed by its user=nobody"));
  CHECK(f.standing("30-open") == "runs");
  REQUIRE(::chmod((f.folder / "admin").c_str(), 0700) == 0);
  CHECK(has(f.standing("30-open"), "admin may not be entered by its user=nobody"));
}

TEST_CASE("discovery: folders and hooks that do not answer are named, within about a second for all of them") {
  Folders f;
  f.script("vendor/10-good");
  REQUIRE(sys::make_folders(f.folder / "dead", 0755));
  for (int i = 0; i < 20; ++i) f.link(f.folder / "dead/x", "admin/20-h" + std::to_string(i));
  const fakes::DeadMount dead(f.folder / "dead");
  if (!dead.works()) return;
  const auto begun = core::BootClock::now();
  const Discovery found =
      drain::discover({{f.folder / "dead/hooks.d", f.folder / "vendor", f.folder / "admin"}, {}, {}, GateMode::real});
  CHECK(core::BootClock::now() - begun < core::Seconds(3));
  REQUIRE(found.unread.size() == 1);
  CHECK(found.unread[0].why == f.folder / "dead/hooks.d" + " does not answer: its file system hangs");
  CHECK(found.hooks.size() == 21);
  CHECK(found.runnable().size() == 1);
  for (const auto& hook : found.hooks)
    if (hook.spec.name != "10-good") CHECK(hook.look == drain::FoundHook::Look::hangs);
}
