#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "daemon/drains/notice_files.h"
#include "fakes/temp_folder.h"
#include "sys/files.h"

using namespace preemptd;

namespace {

/// A file system of 128 KiB on a folder, seen by this program alone. False: no right to mount.
bool mount_small(const std::string& folder) {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("small", folder.c_str(), "tmpfs", 0, "size=128k") == 0;
}

void fill(const std::string& folder) {
  for (int i = 0; sys::write_file_atomically(folder + "/filler-" + std::to_string(i), std::string(4096, 'x'), 0600,
                                             sys::Durable::no);
       ++i) {
  }
}

core::Notice notice() {
  core::Notice notice;
  notice.id = "i-1-20300101T000000Z";
  notice.instance.instance_id = "i-1";
  notice.sources = {core::Source::metadata};
  notice.boot_id = "boot";
  return notice;
}

}  // namespace

TEST_CASE("notice files: a full run folder does not keep the notice from being written") {
  const fakes::TempFolder folder;
  const std::string run = folder / "run";
  REQUIRE(sys::make_folders(run, 0755).has_value());
  if (!mount_small(run)) {
    MESSAGE("SKIP a full run folder: needs the right to mount");
    return;
  }
  const daemon::NoticeFiles files(run, folder / "state");
  REQUIRE(files.reserve().has_value());
  fill(run);
  CHECK(files.publish(notice()).has_value());
  const auto read = files.read_public();
  REQUIRE(read.has_value());
  CHECK(*read == notice());
  ::umount2(run.c_str(), MNT_DETACH);
}
