#include "sys/loop.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

#include "fakes/temp_folder.h"
#include "sys/files.h"
#include "sys/folder_follower.h"
#include "sys/mailbox.h"

using namespace preemptd;
using core::Millis;
using sys::Loop;

namespace {
std::unique_ptr<Loop> open_loop() {
  auto loop = Loop::open();
  REQUIRE(loop);
  return std::move(*loop);
}
}  // namespace

TEST_CASE("loop: timers fire in the order of their times, not of their registration") {
  auto loop = open_loop();
  std::string order;
  const auto now = core::BootClock::now();
  auto c = loop->at(now + Millis(3), [&] { order += 'c', loop->stop(); });
  auto b = loop->at(now + Millis(2), [&] { order += 'b'; });
  auto a = loop->at(now - core::Seconds(1), [&] { order += 'a'; });
  auto never = loop->at(now + Millis(1), [&] { order += 'x'; });
  never.reset();
  loop->run();
  CHECK(order == "abc");
  CHECK(core::BootClock::now() >= now + Millis(3));
}

TEST_CASE("loop: a timer may set itself again, and a callback may drop its own registration") {
  auto loop = open_loop();
  int rounds = 0;
  Loop::Handle timer;
  std::function<void()> tick = [&] {
    if (++rounds == 5) return loop->stop();
    timer = loop->after(Millis(0), tick);
  };
  timer = loop->after(Millis(0), tick);
  loop->run();
  CHECK(rounds == 5);
}

TEST_CASE("loop: a ready descriptor calls back until its registration is dropped, even from inside") {
  auto loop = open_loop();
  std::array<int, 2> fds{};
  REQUIRE(::pipe2(fds.data(), O_CLOEXEC) == 0);
  const sys::Fd in(fds[0]), out(fds[1]);
  REQUIRE(::write(out.get(), "x", 1) == 1);
  int calls = 0;
  Loop::Handle watch;
  watch = loop->watch(in.get(), POLLIN, [&](short) {
    if (++calls == 2) watch.reset();
  });
  auto end = loop->after(Millis(5), [&] { loop->stop(); });
  loop->run();
  CHECK(calls == 2);
}

TEST_CASE("loop: signals arrive as callbacks") {
  auto loop = open_loop();
  int seen = 0;
  auto handle = loop->signals({SIGUSR1}, [&](int number) { seen = number, loop->stop(); });
  REQUIRE(handle);
  ::raise(SIGUSR1);
  loop->run();
  CHECK(seen == SIGUSR1);
}

TEST_CASE("mailbox: values posted by threads arrive on the loop, each once and in order per thread") {
  auto loop = open_loop();
  constexpr int kEach = 1000;
  std::array<int, 2> last{-1, -1};
  int got = 0;
  auto box = sys::Mailbox<std::pair<std::size_t, int>>::open(*loop, [&](std::pair<std::size_t, int> value) {
    CHECK(value.second == last[value.first] + 1);
    last[value.first] = value.second;
    if (++got == 2 * kEach) loop->stop();
  });
  REQUIRE(box);
  const auto post_all = [&](std::size_t who) {
    for (int i = 0; i < kEach; ++i) (*box)->post({who, i});
  };
  std::thread first(post_all, 0), second(post_all, 1);
  loop->run();
  first.join();
  second.join();
  CHECK(got == 2 * kEach);
}

TEST_CASE("follower: a file renamed into the folder, a file that grows and a removal are told by name") {
  using Change = sys::FolderFollower::Change;
  auto loop = open_loop();
  fakes::TempFolder folder;
  std::string told;
  auto follower = sys::FolderFollower::open(*loop, folder.path(), [&](Change change, const std::string& name) {
    if (name.starts_with('.')) return;
    if (told.empty() || !told.ends_with(name + ";")) told += (change == Change::removed ? "-" : "+") + name + ";";
    if (name == "end") loop->stop();
  });
  REQUIRE(follower);
  REQUIRE(sys::write_file_atomically(folder / "a", "x", 0644, sys::Durable::no));
  REQUIRE(sys::write_file_atomically(folder / "b", "x", 0644, sys::Durable::no));
  const sys::Fd grow(::open((folder / "a").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  REQUIRE(sys::write_all(grow.get(), "y", "a"));
  REQUIRE(::unlink((folder / "b").c_str()) == 0);
  REQUIRE(sys::write_file_atomically(folder / "end", "x", 0644, sys::Durable::no));
  loop->run();
  CHECK(told == "+a;+b;+a;-b;+end;");
}

TEST_CASE("follower: a missing folder is an error; one that goes away says so and may drop the follower") {
  using Change = sys::FolderFollower::Change;
  auto loop = open_loop();
  fakes::TempFolder folder;
  CHECK_FALSE(sys::FolderFollower::open(*loop, folder / "none", [](Change, const std::string&) {}));
  REQUIRE(sys::make_folders(folder / "sub", 0755));
  std::unique_ptr<sys::FolderFollower> follower;
  auto opened = sys::FolderFollower::open(*loop, folder / "sub", [&](Change change, const std::string&) {
    if (change != Change::gone) return;
    follower.reset();
    loop->stop();
  });
  REQUIRE(opened);
  follower = std::move(*opened);
  REQUIRE(::rmdir((folder / "sub").c_str()) == 0);
  loop->run();
  CHECK(follower == nullptr);
}
