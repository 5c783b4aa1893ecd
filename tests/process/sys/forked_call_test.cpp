#include "sys/forked_call.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "core/clock.h"
#include "fakes/dead_mount.h"
#include "fakes/temp_folder.h"
#include "sys/files.h"
#include "sys/resolved_path.h"

using namespace preemptd;
using sys::ForkedCall;

namespace {

std::string answer_of(ForkedCall& call) {
  std::string text;
  std::array<char, 256> buffer{};
  pollfd ready{call.fd(), POLLIN, 0};
  while (::poll(&ready, 1, 10'000) == 1) {
    const auto got = ::read(call.fd(), buffer.data(), buffer.size());
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return "(no end)";
}

}  // namespace

TEST_CASE("forked call: its function answers through the pipe, and no zombie is left") {
  {
    auto call = ForkedCall::start([](int pipe) { (void)sys::write_all(pipe, "an answer", ""); });
    REQUIRE(call);
    CHECK(answer_of(**call) == "an answer");
  }
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("forked call: the function holds no descriptor of this process, so no lock and no output") {
  const sys::Fd held(::open("/dev/null", O_RDONLY));
  auto call = ForkedCall::start([fd = held.get()](int pipe) {
    struct stat out {};
    const bool silent = ::fstat(STDOUT_FILENO, &out) == 0 && S_ISCHR(out.st_mode);
    (void)sys::write_all(pipe, ::fcntl(fd, F_GETFD) < 0 && silent ? "closed" : "open", "");
  });
  REQUIRE(call);
  CHECK(answer_of(**call) == "closed");
}

TEST_CASE("forked call: one that never answers is left behind at once, and says where it is") {
  const fakes::TempFolder folder;
  REQUIRE(sys::make_folders(folder / "dead", 0755));
  const fakes::DeadMount dead(folder / "dead");
  if (!dead.works()) return;
  const std::string path = folder / "dead/x";
  const auto begun = core::BootClock::now();
  {
    auto call = ForkedCall::start([&path](int) {
      struct stat status {};
      sys::look_stat(path.c_str(), status);
    });
    REQUIRE(call);
    while ((*call)->note().looks.load() == 0) ::poll(nullptr, 0, 1);
    CHECK((*call)->note().path == path);
  }
  CHECK(core::BootClock::now() - begun < core::Seconds(1));
  const auto resolved = sys::resolved_path(path);
  REQUIRE_FALSE(resolved);
  CHECK(resolved.error().code == core::ErrorCode::timed_out);
}

TEST_CASE("resolved path: links are followed, and a missing path is told from one that cannot be looked at") {
  const fakes::TempFolder folder;
  folder.write("real/file", "");
  REQUIRE(::symlink("real", (folder / "link").c_str()) == 0);
  CHECK(sys::resolved_path(folder / "link/file").value() == folder / "real/file");
  CHECK(sys::resolved_path(folder / "none").error().code == core::ErrorCode::bad_input);
}
