#include "sys/worker.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <vector>

using namespace preemptd;
using namespace preemptd::sys;

namespace {

constexpr core::Seconds kEnough{20};

core::Deadline far() {
  return core::Deadline(core::BootTime::max());
}

/// Runs `body` in a child that may not start threads or processes until it calls allow(). The child's exit code.
int without_threads(const std::function<int(const std::function<void()>& allow)>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(99);  // the limit does not hold for root
    rlimit before{};
    ::getrlimit(RLIMIT_NPROC, &before);
    const rlimit none{0, before.rlim_max};
    ::setrlimit(RLIMIT_NPROC, &none);
    ::_exit(body([&] { ::setrlimit(RLIMIT_NPROC, &before); }));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("worker: jobs are done in order, one at a time") {
  std::vector<int> done;
  Worker worker;
  for (int i = 0; i < 100; ++i) REQUIRE(worker.post([&done, i] { done.push_back(i); }));
  REQUIRE(worker.finish(kEnough));
  REQUIRE(done.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(done[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("worker: signals are blocked in its thread") {
  Worker worker;
  std::promise<bool> blocked;
  worker.post([&] {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    blocked.set_value(sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1);
  });
  CHECK(blocked.get_future().get());
}

TEST_CASE("worker: too many waiting jobs are refused, and nothing of them is done") {
  std::promise<void> go, begun;
  std::atomic<int> done{0};
  Worker worker({.most_waiting = 2});
  worker.post([&] {
    begun.set_value();
    go.get_future().wait();
  });
  begun.get_future().wait();
  CHECK(worker.post([&] { ++done; }));
  CHECK(worker.post([&] { ++done; }));
  CHECK_FALSE(worker.post([&] { ++done; }));
  go.set_value();
  REQUIRE(worker.finish(kEnough));
  CHECK(done == 2);
}

TEST_CASE("worker: its end drops what has not begun and waits for what has") {
  std::promise<void> begun, dropped;
  std::atomic<bool> first{false}, second{false};
  {
    Worker worker;
    worker.post([&] {
      begun.set_value();
      dropped.get_future().wait();
      first = true;
    });
    std::shared_ptr<void> end_of_job(nullptr, [&](void*) { dropped.set_value(); });
    worker.post([&, held = std::move(end_of_job)] { second = true; });
    begun.get_future().wait();
  }
  CHECK(first);
  CHECK_FALSE(second);
}

TEST_CASE("worker: one that ends its queue does the waiting jobs, too") {
  std::atomic<int> done{0};
  {
    Worker worker({.end_wait = kEnough, .ends_queue = true});
    for (int i = 0; i < 10; ++i) worker.post([&] { ++done; });
  }
  CHECK(done == 10);
}

TEST_CASE("worker: a job that hangs is left behind, and the wait for it is not repeated") {
  auto go = std::make_shared<std::promise<void>>();
  auto ended = std::make_shared<std::promise<void>>();
  auto over = ended->get_future();
  {
    Worker worker({.end_wait = core::Millis(1)});
    worker.post([go, ended] {
      go->get_future().wait();
      ended->set_value();
    });
    CHECK_FALSE(worker.flush(core::Millis(1), far()));
    CHECK_FALSE(worker.flush(std::chrono::hours(1), far()));
  }
  go->set_value();
  over.wait();
}

TEST_CASE("worker: a thread that the kernel refuses is a value, and the jobs are done once there is one") {
  CHECK(without_threads([](const auto& allow) {
          int done = 0;
          Worker worker;
          if (const auto started = worker.start(); started || started.error().code != core::ErrorCode::local) return 1;
          if (!worker.post([&] { ++done; })) return 2;
          if (worker.flush(core::Millis(30), far())) return 3;
          allow();
          if (!worker.finish(kEnough) || !worker.start()) return 4;
          return done == 1 ? 0 : 5;
        }) == 0);
}

TEST_CASE("worker: one that never got a thread ends") {
  CHECK(without_threads([](const auto&) {
          Worker worker({.end_wait = kEnough, .ends_queue = true});
          worker.post([] {});
          return 0;
        }) == 0);
}

TEST_CASE("sleep: a wake before the wait counts, once") {
  WakeableSleep sleep;
  sleep.wake();
  CHECK(sleep.wait(std::chrono::hours(1)) == WakeableSleep::Woken::by_wake);
  CHECK(sleep.wait(core::Millis(1)) == WakeableSleep::Woken::by_time);
}

TEST_CASE("sleep: after a stop every wait ends at once") {
  WakeableSleep sleep;
  sleep.stop();
  CHECK(sleep.stopping());
  CHECK(sleep.wait(std::chrono::hours(1)) == WakeableSleep::Woken::to_stop);
  CHECK(sleep.wait(std::chrono::hours(1)) == WakeableSleep::Woken::to_stop);
}
