#include "sys/files.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "fakes/temp_folder.h"
#include "sys/file_lock.h"

using namespace preemptd;
using sys::Durable;

namespace {
mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}
}  // namespace

TEST_CASE("file: an atomic write replaces the whole, sets the mode and leaves nothing beside it") {
  fakes::TempFolder folder;
  const auto before = ::umask(077);
  for (const Durable durable : {Durable::no, Durable::yes}) {
    REQUIRE(sys::write_file_atomically(folder / "a", "a longer first text", 0640, durable));
    REQUIRE(sys::write_file_atomically(folder / "a", "second", 0644, durable));
  }
  ::umask(before);
  CHECK(sys::read_file(folder / "a", 100).value() == "second");
  CHECK(mode_of(folder / "a") == 0644);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("file: a write over a link replaces the link, not what it points to") {
  fakes::TempFolder folder;
  REQUIRE(sys::write_file_atomically(folder / "target", "safe", 0644, Durable::no));
  REQUIRE(::symlink((folder / "target").c_str(), (folder / "link").c_str()) == 0);
  REQUIRE(sys::write_file_atomically(folder / "link", "new", 0644, Durable::no));
  CHECK(sys::read_file(folder / "target", 100).value() == "safe");
  CHECK(sys::read_file(folder / "link", 100, sys::Links::refuse).value() == "new");
}

TEST_CASE("file: a failed write leaves the old file and nothing beside it") {
  fakes::TempFolder folder;
  REQUIRE(::mkdir((folder / "taken").c_str(), 0755) == 0);
  CHECK_FALSE(sys::write_file_atomically(folder / "taken", "x", 0644, Durable::yes));
  CHECK_FALSE(sys::write_file_atomically(folder / "missing/x", "x", 0644, Durable::yes));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("file: missing is nothing; too large, a FIFO, a folder and a refused link are bad input") {
  fakes::TempFolder folder;
  REQUIRE(sys::write_file_atomically(folder / "a", "12345", 0644, Durable::no));
  REQUIRE(::symlink((folder / "a").c_str(), (folder / "link").c_str()) == 0);
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0644) == 0);
  CHECK(sys::read_file(folder / "none", 5).value() == std::nullopt);
  CHECK(sys::read_file(folder / "a/none", 5).value() == std::nullopt);
  CHECK(sys::read_file(folder / "a", 5).value() == "12345");
  CHECK(sys::read_file(folder / "link", 5).value() == "12345");
  for (const auto& [name, limit] : {std::pair{"a", 4}, {"fifo", 5}, {".", 5}})
    CHECK(sys::read_file(folder / name, static_cast<std::size_t>(limit)).error().code == core::ErrorCode::bad_input);
  CHECK(sys::read_file(folder / "link", 5, sys::Links::refuse).error().code == core::ErrorCode::bad_input);
}

TEST_CASE("file: folders are made with their parents, mode and the parent's setgid bit") {
  fakes::TempFolder folder;
  REQUIRE(::chmod(folder.path().c_str(), 02750) == 0);
  REQUIRE(sys::make_folders(folder / "a/b", 0750));
  CHECK(mode_of(folder / "a/b") == 02750);
  CHECK(sys::make_folders(folder / "a/b", 0700));
  CHECK(mode_of(folder / "a/b") == 02750);
}

TEST_CASE("file: a lock has one holder, says who, and goes with its object") {
  fakes::TempFolder folder;
  {
    const auto first = sys::FileLock::take(folder / "lock");
    REQUIRE(first);
    const auto second = sys::FileLock::take(folder / "lock");
    REQUIRE_FALSE(second);
    CHECK(second.error().code == core::ErrorCode::refused);
    CHECK(second.error().what == "held by pid " + std::to_string(::getpid()));
  }
  CHECK(sys::FileLock::take(folder / "lock"));
  CHECK(sys::FileLock::take(folder / "missing/lock").error().code == core::ErrorCode::local);
}

TEST_CASE("file: a lock that a dead holder's child keeps until its execve is waited for") {
  const fakes::TempFolder folder;
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const pid_t holder = ::fork();
  if (holder == 0) {
    const auto lock = sys::FileLock::take(folder / "lock");
    if (::fork() == 0) {  // keeps the lock until the pipe closes, and a moment longer
      ::close(ends[1]);
      char nothing = 0;
      while (::read(ends[0], &nothing, 1) > 0) continue;
      ::poll(nullptr, 0, 50);
    }
    ::_exit(lock ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(holder, &status, 0) == holder);
  REQUIRE(status == 0);
  ::close(ends[1]);
  CHECK(sys::FileLock::take(folder / "lock"));
  ::close(ends[0]);
}

TEST_CASE("files: temporary files of writers that are gone are removed, by their exact names") {
  const fakes::TempFolder folder;
  const std::string alive = ".a." + std::to_string(::getppid()) + "-1.tmp";
  for (const std::string& name : {std::string(".a.4194301-1.tmp"), alive, std::string(".a.tmp"),
                                  std::string("a.4194301-1.tmp"), std::string(".a.4194301-x.tmp"), std::string("a")})
    folder.write(name, "x");
  const auto left = [&](const std::string& name) { return ::access((folder / name).c_str(), F_OK) == 0; };
  const sys::Fd opened(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY));
  sys::remove_temporaries(opened.get(), sys::Writers::perhaps_alive);
  CHECK_FALSE(left(".a.4194301-1.tmp"));
  for (const std::string& name : {alive, std::string(".a.tmp"), std::string("a.4194301-1.tmp"),
                                  std::string(".a.4194301-x.tmp"), std::string("a")})
    CHECK(left(name));
  sys::remove_temporaries(opened.get(), sys::Writers::gone);
  CHECK_FALSE(left(alive));
}

TEST_CASE("file: a relative path in a working directory that is gone is an error, an absolute one is as it was") {
  fakes::TempFolder folder;
  const auto before = std::filesystem::current_path();
  REQUIRE(::mkdir((folder / "gone").c_str(), 0700) == 0);
  REQUIRE(::chdir((folder / "gone").c_str()) == 0);
  CHECK(sys::absolute_path("a.toml").value() == folder / "gone/a.toml");
  REQUIRE(::rmdir((folder / "gone").c_str()) == 0);
  CHECK(sys::absolute_path("a.toml").error().code == core::ErrorCode::bad_input);
  CHECK(sys::absolute_path("/b.toml").value() == "/b.toml");
  std::filesystem::current_path(before);
}

TEST_CASE("file: folders where none can be made are an error, not a search without end") {
  for (const char* path : {"/proc/nowhere/deeper", "/proc/self/nowhere", "/dev/null/nowhere"}) {
    CAPTURE(path);
    const auto made = sys::make_folders(path, 0755);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().what.find("cannot make the folder") != std::string::npos);
  }
}
