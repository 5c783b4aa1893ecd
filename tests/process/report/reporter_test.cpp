#include "report/outbox/reporter.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "fakes/fake_sink.h"
#include "fakes/temp_folder.h"
#include "sys/files.h"
#include "unit/report/events.h"

using namespace preemptd;
using namespace preemptd::report;
using core::Deadline;
using core::Millis;
using core::Seconds;
using fakes::FakeSink;
using fakes::SinkScript;

namespace {

/// A reporter on a real loop, real threads and a real folder, with fake sinks.
struct World {
  fakes::TempFolder folder;
  std::unique_ptr<sys::Loop> loop = *sys::Loop::open();
  std::vector<Note> notes;
  std::map<std::string, std::shared_ptr<SinkScript>> sinks;
  std::unique_ptr<Reporter> reporter;

  ~World() {
    for (auto& [name, script] : sinks) script->release();  // the reporter waits for attempts on their way
  }

  std::vector<SinkSetup> setups(const std::vector<std::string>& names) {
    std::vector<SinkSetup> made;
    for (const auto& name : names) {
      auto& script = sinks[name];
      if (!script) script = std::make_shared<SinkScript>();
      SinkSetup setup;
      setup.traits.name = name;
      setup.sink = std::make_unique<FakeSink>(script);
      made.push_back(std::move(setup));
    }
    return made;
  }

  void start(const std::vector<std::string>& names) {
    Reporter::Options options;
    options.folder = folder / "outbox";
    options.sinks = setups(names);
    options.on_note = [this](const Note& note) { notes.push_back(note); };
    options.clock = &core::system_clock();
    auto opened = Reporter::open(*loop, std::move(options));
    REQUIRE(opened);
    reporter = std::move(*opened);
  }
  void stop() { reporter.reset(); }

  /// Turns the loop until the condition holds; false after ten seconds.
  bool until(const std::function<bool()>& holds) {
    const auto limit = core::BootClock::now() + Seconds(10);
    while (!holds() && core::BootClock::now() < limit) {
      const auto tick = loop->after(Millis(1), [this] { loop->stop(); });
      loop->run();
    }
    return holds();
  }
  bool until_delivered(std::size_t count) {
    return until([&] {
      return static_cast<std::size_t>(std::count_if(notes.begin(), notes.end(), [](const Note& note) {
               return note.kind == Note::Kind::delivered;
             })) >= count;
    });
  }
  std::size_t files(const std::string& below) const {
    std::size_t count = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder / below, error))
      count += entry.is_regular_file();
    return count;
  }
  std::size_t noted(Note::Kind kind) const {
    return static_cast<std::size_t>(
        std::count_if(notes.begin(), notes.end(), [&](const Note& n) { return n.kind == kind; }));
  }
};

}  // namespace

TEST_CASE("reporter: events reach every sink in order, and their files move to sent") {
  World world;
  world.start({"ops", "chat"});
  world.reporter->put(event_called("a"));
  world.reporter->put(event_called("b"));
  REQUIRE(world.until_delivered(4));
  CHECK(world.sinks["ops"]->seen_ids() == "a b");
  CHECK(world.sinks["chat"]->seen_ids() == "a b");
  CHECK(world.until([&] { return world.files("outbox/sent") == 2 && world.files("outbox") == 0; }));
  CHECK(world.reporter->status().waiting == 0);
}

TEST_CASE("reporter: a report is on the disk before its first try") {
  World world;
  world.start({"ops"});
  world.sinks["ops"]->hold();
  world.reporter->put(event_called("a"));
  REQUIRE(world.until([&] { return !world.sinks["ops"]->seen().empty(); }));
  CHECK(world.files("outbox") == 1);
}

TEST_CASE("reporter: a sink that hangs holds up neither the loop nor the others") {
  World world;
  world.start({"hung", "ops"});
  world.sinks["hung"]->hold();
  const auto before = core::BootClock::now();
  for (int i = 0; i < 20; ++i) world.reporter->put(event_called("e" + std::to_string(i), "preemptd.notice.moved"));
  CHECK(core::BootClock::now() - before < Millis(200));
  CHECK(world.until_delivered(20));
  CHECK(world.sinks["hung"]->seen().size() == 1);
}

TEST_CASE("reporter: what a stopped one owed is told after the restart, marked late, and told once") {
  World world;
  world.start({"ops", "chat"});
  world.sinks["chat"]->then(DeliveryOutcome::retry("HTTP 503", Seconds(3600)));
  world.reporter->put(event_called("a"));
  REQUIRE(world.until([&] { return world.notes.size() >= 2; }));
  REQUIRE(world.until([&] {
    const auto text = *sys::read_file(world.folder / "outbox/0000000001-a.json", 100000);
    return text && text->find("\"ops\":\"delivered\"") != std::string::npos;
  }));
  world.stop();

  world.start({"ops", "chat"});
  world.reporter->put(event_called("a"));
  REQUIRE(world.until_delivered(2));
  world.reporter->put(event_called("b"));
  REQUIRE(world.until_delivered(4));
  CHECK(world.sinks["ops"]->seen_ids() == "a b");
  CHECK(world.sinks["chat"]->seen_ids() == "a a b");
  CHECK(world.sinks["chat"]->seen()[1].remarks.late);
  CHECK_FALSE(world.sinks["chat"]->seen()[2].remarks.late);
}

TEST_CASE("reporter: an event delivered before a restart is not told again after it") {
  World world;
  world.start({"ops"});
  world.reporter->put(event_called("a"));
  REQUIRE(world.until([&] { return world.files("outbox/sent") == 1; }));
  world.stop();
  world.start({"ops"});
  world.reporter->put(event_called("a"));
  world.reporter->put(event_called("b"));
  REQUIRE(world.until_delivered(2));
  CHECK(world.sinks["ops"]->seen_ids() == "a b");
}

TEST_CASE("reporter: without a disk everything is told all the same, and the loss of safety is said once") {
  World world;
  world.folder.write("outbox", "a file where the folder should be");
  world.start({"ops"});
  world.reporter->put(event_called("a"));
  world.reporter->put(event_called("b"));
  REQUIRE(world.until_delivered(2));
  CHECK(world.noted(Note::Kind::not_stored) == 1);
  CHECK_FALSE(world.reporter->status().durable);
}

TEST_CASE("reporter: a failed attempt is repeated by itself") {
  World world;
  world.start({"ops"});
  world.sinks["ops"]->then(DeliveryOutcome::retry("HTTP 500"));
  world.reporter->put(event_called("a"));
  REQUIRE(world.until_delivered(1));
  CHECK(world.noted(Note::Kind::retrying) == 1);
  const auto status = world.reporter->status();
  CHECK(status.sinks.at(0).outcomes.at("retry") == 1);
  CHECK(status.sinks.at(0).outcomes.at("delivered") == 1);
}

TEST_CASE("reporter: attempts are shortened while the instance dies") {
  World world;
  world.start({"ops"});
  world.reporter->set_end(Deadline::after(core::BootClock::now(), Seconds(20)));
  world.reporter->put(event_called("a"));
  REQUIRE(world.until_delivered(1));
  CHECK(world.sinks["ops"]->seen().at(0).by.left(core::BootClock::now()) <= Seconds(5));
}

TEST_CASE("reporter: a reload in the middle of an attempt loses nothing") {
  World world;
  world.start({"ops", "old"});
  world.sinks["old"]->hold();
  world.reporter->put(event_called("a"));
  REQUIRE(world.until([&] { return !world.sinks["old"]->seen().empty() && !world.sinks["ops"]->seen().empty(); }));
  world.reporter->replace_sinks(world.setups({"ops", "new"}));
  world.reporter->put(event_called("b"));
  CHECK(world.until(
      [&] { return world.sinks["ops"]->seen_ids().ends_with("b") && world.sinks["new"]->seen_ids() == "b"; }));
}

TEST_CASE("reporter: what somebody takes out of the outbox is told to nobody any more") {
  World world;
  world.start({"ops"});
  world.sinks["ops"]->then(DeliveryOutcome::retry("HTTP 401"));
  world.reporter->put(event_called("a"));
  REQUIRE(world.until([&] { return world.noted(Note::Kind::retrying) == 1; }));
  REQUIRE(::unlink((world.folder / "outbox/0000000001-a.json").c_str()) == 0);
  REQUIRE(world.until([&] { return world.noted(Note::Kind::removed) == 1; }));
  world.reporter->put(event_called("b"));
  REQUIRE(world.until_delivered(1));
  CHECK(world.sinks["ops"]->seen_ids() == "a b");
  CHECK(world.until([&] { return world.files("outbox") == 0; }));
}

TEST_CASE("reporter: an event that cannot be told is said, not stored") {
  World world;
  world.start({"ops"});
  world.reporter->put(event_called("with.dot"));
  CHECK(world.noted(Note::Kind::not_accepted) == 1);
}
