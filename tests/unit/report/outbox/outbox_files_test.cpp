#include "report/outbox/outbox_files.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "fakes/temp_folder.h"
#include "unit/report/events.h"

using namespace preemptd;
using namespace preemptd::report;

namespace {

Report report_of(std::uint64_t number, const std::string& id, std::map<std::string, DeliveryState> marks) {
  Report report;
  report.number = number;
  report.event = event_called(id);
  report.marks = std::move(marks);
  return report;
}

}  // namespace

TEST_CASE("outbox files: a report is read back as it was written, with its marks") {
  fakes::TempFolder folder;
  REQUIRE(open_outbox(folder.path()));
  REQUIRE(write_report(folder.path(),
                       report_of(12, "b", {{"ops", DeliveryState::owed}, {"chat", DeliveryState::delivered}})));
  REQUIRE(write_report(folder.path(), report_of(3, "a", {{"ops", DeliveryState::owed}})));
  const auto outbox = open_outbox(folder.path());
  REQUIRE(outbox);
  REQUIRE(outbox->owed.size() == 2);
  CHECK(outbox->owed[0].event == event_called("a"));
  CHECK(outbox->owed[1].number == 12);
  CHECK(outbox->owed[1].marks ==
        std::map<std::string, DeliveryState>{{"ops", DeliveryState::owed}, {"chat", DeliveryState::delivered}});
  CHECK(outbox->highest == 12);
}

TEST_CASE("outbox files: what everybody was told moves to sent, where the last 256 stay") {
  fakes::TempFolder folder;
  REQUIRE(open_outbox(folder.path()));
  const auto first = report_of(1, "r1", {{"ops", DeliveryState::delivered}});
  REQUIRE(write_report(folder.path(), first));
  for (std::uint64_t i = 1; i <= kMostSettled + 2; ++i) {
    REQUIRE(settle_report(folder.path(), report_of(i, "r" + std::to_string(i), {{"ops", DeliveryState::delivered}})));
  }
  const auto outbox = open_outbox(folder.path());
  REQUIRE(outbox);
  CHECK(outbox->owed.empty());
  REQUIRE(outbox->sent.size() == kMostSettled);
  CHECK(outbox->sent.front().event.id == "r3");
}

TEST_CASE("outbox files: rubbish is set aside and counted, and the rest is read") {
  fakes::TempFolder folder;
  REQUIRE(open_outbox(folder.path()));
  REQUIRE(write_report(folder.path(), report_of(5, "good", {{"ops", DeliveryState::owed}})));
  const std::string good = to_file_text(event_called("e"), {{"ops", DeliveryState::owed}});
  folder.write("0000000001-a.json", "");
  folder.write("0000000002-b.json", "{\"version\":1,\"event\":{}}");
  folder.write("0000000003-other.json", good);
  folder.write("nonumber-e.json", good);
  folder.write("0000000004-e.json", good.substr(0, good.size() / 2));
  folder.write("0000000006-e.json", std::string(300 * 1024, ' '));
  std::filesystem::create_symlink("/etc/passwd", folder / "0000000007-e.json");
  folder.write(".0000000008-x.json.77-1.tmp", "left by a crash");
  const auto outbox = open_outbox(folder.path());
  REQUIRE(outbox);
  REQUIRE(outbox->owed.size() == 1);
  CHECK(outbox->owed[0].event.id == "good");
  CHECK(outbox->broken.size() == 7);
  std::size_t set_aside = 0, temporary = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    set_aside += entry.path().string().ends_with(".broken");
    temporary += entry.path().string().ends_with(".tmp");
  }
  CHECK(set_aside == 3);
  CHECK(temporary == 0);
}

TEST_CASE("outbox files: a folder that cannot be made is said, not survived in silence") {
  fakes::TempFolder folder;
  folder.write("file", "");
  CHECK_FALSE(open_outbox(folder / "file/outbox"));
}
