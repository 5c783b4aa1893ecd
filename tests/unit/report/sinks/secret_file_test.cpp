#include "report/sinks/secret_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fakes/temp_folder.h"

using namespace preemptd;
using namespace preemptd::report;

TEST_CASE("secret file: read without the blanks around it") {
  fakes::TempFolder folder;
  const auto path = folder.write("secret", "  s3cret\n");
  for (const mode_t mode : {0400, 0600, 0440, 0640}) {
    ::chmod(path.c_str(), mode);
    const auto secret = read_secret_file(path, "");
    REQUIRE(secret);
    CHECK(secret->reveal() == "s3cret");
  }
}

TEST_CASE("secret file: one that others can read or write is refused, and nothing of it is told") {
  fakes::TempFolder folder;
  const auto path = folder.write("secret", "s3cret");
  for (const mode_t mode : {0644, 0604, 0602, 0620, 0660}) {
    ::chmod(path.c_str(), mode);
    const auto secret = read_secret_file(path, "");
    REQUIRE_FALSE(secret);
    CHECK(secret.error().code == core::ErrorCode::denied);
    CHECK(core::describe(secret.error()).find("s3cret") == std::string::npos);
  }
}

TEST_CASE("secret file: readable by a group that is not ours is refused") {
  fakes::TempFolder folder;
  const auto path = folder.write("secret", "s3cret");
  ::chmod(path.c_str(), 0640);
  if (::chown(path.c_str(), ::geteuid(), 12345) != 0) return;  // only root can give it away
  CHECK_FALSE(read_secret_file(path, "").has_value());
}

TEST_CASE("secret file: readable by root's group, as systemd 257 hands out credentials, is as good as by root alone") {
  if (::geteuid() != 0) return;
  fakes::TempFolder folder;
  const auto path = folder.write("secret", "s3cret");
  ::chmod(path.c_str(), 0440);
  REQUIRE(::setegid(12345) == 0);
  const bool read = read_secret_file(path, "").has_value();
  REQUIRE(::setegid(0) == 0);
  CHECK(read);
}

TEST_CASE("secret file: a name without a slash is a credential of the service") {
  fakes::TempFolder folder;
  folder.write("ops-secret", "s3cret");
  const auto secret = read_secret_file("ops-secret", folder.path());
  REQUIRE(secret);
  CHECK(secret->reveal() == "s3cret");
  CHECK_FALSE(read_secret_file("ops-secret", "").has_value());
  REQUIRE_FALSE(read_secret_file("other", folder.path()).has_value());
  CHECK(read_secret_file("other", folder.path()).error().what.find("LoadCredential=") != std::string::npos);
  CHECK_FALSE(read_secret_file("../secret", folder.path()).has_value());
}

TEST_CASE("secret file: a credential that only the service and root may read says to call as root") {
  if (::geteuid() != 0) return;
  fakes::TempFolder folder;
  folder.write("ops-secret", "s3cret");
  ::chmod(folder.path().c_str(), 0500);
  REQUIRE(::seteuid(65534) == 0);
  const auto secret = read_secret_file("ops-secret", folder.path());
  REQUIRE(::seteuid(0) == 0);
  REQUIRE_FALSE(secret);
  CHECK(secret.error().code == core::ErrorCode::denied);
  CHECK(secret.error().what.find("call this as root") != std::string::npos);
}

TEST_CASE("secret file: missing, empty and endless ones are refused") {
  fakes::TempFolder folder;
  const auto empty = folder.write("empty", " \n");
  const auto large = folder.write("large", std::string(20 * 1024, 'x'));
  ::chmod(empty.c_str(), 0600);
  ::chmod(large.c_str(), 0600);
  for (const auto& path : {folder / "missing", empty, large, std::string("/dev/zero")}) {
    CAPTURE(path);
    CHECK_FALSE(read_secret_file(path, "").has_value());
  }
}
