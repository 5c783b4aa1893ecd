#include "report/sinks/exec_sink.h"

#include <doctest/doctest.h>
#include <sched.h>

#include <fstream>
#include <sstream>

#include "core/text.h"
#include "fakes/temp_folder.h"
#include "unit/report/events.h"

using namespace preemptd;
using namespace preemptd::report;
using core::Millis;

namespace {

DeliveryOutcome run(const std::string& script, Millis limit = core::Seconds(10)) {
  ExecSink sink({"/bin/sh", "-c", script});
  return sink.deliver({event_called("e1"), {}, core::Deadline::after(core::BootClock::now(), limit), {}});
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A zombie that nobody has reaped yet does not run. A killed process may need a moment to go.
bool ends(const std::string& pid) {
  const auto limit = core::BootClock::now() + core::Seconds(5);
  while (core::BootClock::now() < limit) {
    const auto status = text_of("/proc/" + std::string(core::trim(pid)) + "/stat");
    if (status.empty() || status.find(") Z ") != std::string::npos) return true;
    ::sched_yield();
  }
  return false;
}

}  // namespace

TEST_CASE("exec sink: the program gets the event on its standard input and little else") {
  fakes::TempFolder folder;
  CHECK(run("cat > '" + folder / "in" + "'; env > '" + folder / "env" + "'") ==
        DeliveryOutcome::delivered("exit status 0"));
  CHECK(text_of(folder / "in") == to_structured(event_called("e1")));
  const auto environment = text_of(folder / "env");
  CHECK(environment.find("PREEMPT_EVENT_TYPE=preemptd.hook.finished\n") != std::string::npos);
  CHECK(environment.find("HOME=") == std::string::npos);
}

TEST_CASE("exec sink: its exit status says what happens next") {
  using Kind = DeliveryOutcome::Kind;
  CHECK(run("exit 75").kind == Kind::retry);
  CHECK(run("exit 3").kind == Kind::permanent);
  CHECK(run("kill -9 $$").kind == Kind::retry);
  CHECK(ExecSink({"/does/not/exist"}).deliver({event_called("e1"), {}, core::Deadline{}, {}}).kind == Kind::retry);
}

TEST_CASE("exec sink: one that does not end is killed with all it started, in time") {
  fakes::TempFolder folder;
  const auto before = core::BootClock::now();
  const auto outcome =
      run("trap '' TERM; sh -c 'echo $$ > " + folder / "pid" + "; exec sleep 60' & sleep 60", Millis(300));
  CHECK(outcome == DeliveryOutcome::retry("did not end in time and was killed"));
  CHECK(core::BootClock::now() - before < core::Seconds(2));
  CHECK(ends(text_of(folder / "pid")));
}

TEST_CASE("exec sink: what a program leaves behind goes with it") {
  fakes::TempFolder folder;
  CHECK(run("sh -c 'echo $$ > " + folder / "pid" + "; exec sleep 60' & while ! test -s '" + folder / "pid" +
            "'; do :; done")
            .kind == DeliveryOutcome::Kind::delivered);
  CHECK(ends(text_of(folder / "pid")));
}

TEST_CASE("exec sink: a program that floods its output or does not read its input costs nothing") {
  CHECK(run("head -c 100000000 /dev/zero").kind == DeliveryOutcome::Kind::delivered);
  CHECK(run("exec <&-; exit 0").kind == DeliveryOutcome::Kind::delivered);
}
