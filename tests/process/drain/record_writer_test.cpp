#include "drain/journal/record_writer.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drain/journal/record.h"
#include "fakes/temp_folder.h"
#include "sys/files.h"

using namespace preemptd;
using drain::RecordWriter;

namespace {

const core::Deadline kNoHurry(core::BootTime::max());

struct Folders {
  fakes::TempFolder folder;
  std::string state = folder / "state", run = folder / "run";

  RecordWriter writer() const { return {state, run}; }
  std::string text_of(const std::string& path) const {
    const auto text = sys::read_file(folder / path, 100'000);
    return text ? text->value_or("(missing)") : "(unreadable)";
  }
};

std::string line(const std::string& hook) {
  return drain::encode({{}, {}, drain::HookStarted{hook, drain::HookEvent::drain, 1, {}, {}}});
}

}  // namespace

TEST_CASE("record writer: what is appended and flushed is in the journal, and the next one finds it") {
  const Folders f;
  {
    RecordWriter writer = f.writer();
    REQUIRE(writer.open("n-1", kNoHurry) == RecordWriter::Opening::open);
    REQUIRE(writer.found() != nullptr);
    CHECK(writer.found()->base == f.state);
    CHECK(writer.found()->text.empty());
    writer.append(line("10-a"));
    writer.append(line("20-b"));
    CHECK(writer.flush(kNoHurry));
    CHECK(f.text_of("state/drains/n-1/journal") == line("10-a") + line("20-b"));
    CHECK(writer.take_losses().empty());
    writer.finish();  // a sync may take longer than a flush waits, and keeps the folder's lock
  }
  RecordWriter next = f.writer();
  REQUIRE(next.open("n-1", kNoHurry) == RecordWriter::Opening::open);
  CHECK(next.found()->text == line("10-a") + line("20-b"));
}

TEST_CASE("record writer: a second one of the same notice learns who holds it") {
  const Folders f;
  RecordWriter first = f.writer(), second = f.writer();
  REQUIRE(first.open("n-1", kNoHurry) == RecordWriter::Opening::open);
  CHECK(second.open("n-1", kNoHurry) == RecordWriter::Opening::held);
  CHECK(second.holder().what == "held by pid " + std::to_string(::getpid()));
}

TEST_CASE("record writer: where the state folder takes no record it goes below the run folder, and that is told") {
  const Folders f;
  REQUIRE(sys::write_file_atomically(f.state, "a file", 0644, sys::Durable::no));
  RecordWriter writer = f.writer();
  REQUIRE(writer.open("n-1", kNoHurry) == RecordWriter::Opening::open);
  CHECK(writer.found()->base == f.run);
  writer.append(line("10-a"));
  CHECK(writer.flush(kNoHurry));
  CHECK(f.text_of("run/drains/n-1/journal") == line("10-a"));
  CHECK(writer.take_losses().size() == 1);
  CHECK(writer.take_losses().empty());
}

TEST_CASE("record writer: where no place takes a record, nothing waits and every call is harmless") {
  const Folders f;
  for (const auto& place : {f.state, f.run})
    REQUIRE(sys::write_file_atomically(place, "a file", 0644, sys::Durable::no));
  RecordWriter writer = f.writer();
  REQUIRE(writer.open("n-1", kNoHurry) == RecordWriter::Opening::open);
  CHECK(writer.found()->base.empty());
  writer.append(line("10-a"));
  writer.write_record();
  writer.prune(1);
  CHECK(writer.flush(kNoHurry));
  CHECK(writer.take_losses().size() == 2);
}

TEST_CASE("record writer: another notice begins another record, and what was posted before goes to the first") {
  const Folders f;
  RecordWriter writer = f.writer();
  REQUIRE(writer.open("n-1", kNoHurry) == RecordWriter::Opening::open);
  writer.append(line("10-a"));
  REQUIRE(writer.open("n-2", kNoHurry) == RecordWriter::Opening::open);
  CHECK(writer.found()->other_text == line("10-a"));
  writer.append(line("20-b"));
  writer.finish();
  CHECK(f.text_of("state/drains/n-1/journal") == line("10-a"));
  CHECK(f.text_of("state/drains/n-2/journal") == line("20-b"));
}

TEST_CASE("record writer: durations are learned and found again") {
  const Folders f;
  {
    RecordWriter writer = f.writer();
    REQUIRE(writer.open("n-1", kNoHurry) == RecordWriter::Opening::open);
    writer.learn("10-a", drain::Millis(70));
    writer.write_history();
  }
  RecordWriter next = f.writer();
  REQUIRE(next.open("n-2", kNoHurry) == RecordWriter::Opening::open);
  CHECK(next.found()->history.predicted("10-a") == drain::Millis(70));
}
