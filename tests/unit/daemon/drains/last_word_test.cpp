#include "daemon/drains/last_word.h"

#include <doctest/doctest.h>

using namespace preemptd;

TEST_CASE("daemon: the last word is due when the hooks' time ends, by the drainer's plan once there is one") {
  core::Notice n;
  n.boot_id = "boot";
  n.seen_at_boot = core::BootTime(core::Seconds(1000));
  n.deadline = core::BootTime(core::Seconds(1300));
  CHECK(daemon::last_word_at(n, {}, core::Seconds(10)) == core::BootTime(core::Seconds(1290)));
  drain::Record record;
  record.started_boot = core::BootTime(core::Seconds(1001));
  record.started.boot_id = "boot";
  record.started.report_reserve = core::Seconds(20);
  record.started.deadline = core::Deadline(core::BootTime(core::Seconds(1200)));
  CHECK(daemon::last_word_at(n, record, core::Seconds(10)) == core::BootTime(core::Seconds(1180)));
  record.started.boot_id = "an older boot";
  CHECK(daemon::last_word_at(n, record, core::Seconds(10)) == core::BootTime(core::Seconds(1290)));
}
