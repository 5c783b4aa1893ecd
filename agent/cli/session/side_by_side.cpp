#include "cli/session/side_by_side.h"

#include <algorithm>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace preemptd::cli {
namespace {

constexpr std::size_t kMostAtOnce = 8;

/// What the threads share. Every member is guarded by ThreadsShared::turn, but for what never changes.
class Questions {
 public:
  Questions(CloudSession& session, std::size_t count, const std::string& what,
            const std::function<std::optional<ecs::Failure>(ecs::Client&, std::size_t)>& ask)
      : session_(session), count_(count), what_(what), ask_(ask) {}

  ThreadsShared& shared() { return shared_; }

  /// Until no question is left.
  void work(ecs::Client& client) {
    while (const auto number = next()) answered(ask_(client, *number));
  }
  void work(ThreadClient& thread) {
    while (const auto number = next()) {
      thread.begin();
      auto failure = ask_(thread.client(), *number);
      thread.end();
      answered(std::move(failure));
    }
  }
  const std::optional<ecs::Failure>& failure() const { return failure_; }

 private:
  std::optional<std::size_t> next() {
    const std::lock_guard lock(shared_.turn);
    if (failure_ || begun_ == count_) return std::nullopt;
    return begun_++;
  }
  void answered(std::optional<ecs::Failure> failure) {
    const std::lock_guard lock(shared_.turn);
    if (failure && !failure_) failure_ = std::move(failure);
    ++done_;
    session_.out().progress(std::to_string(done_) + " of " + std::to_string(count_) + " " + what_);
  }

  CloudSession& session_;
  const std::size_t count_;
  const std::string& what_;
  const std::function<std::optional<ecs::Failure>(ecs::Client&, std::size_t)>& ask_;
  ThreadsShared shared_;
  std::size_t begun_ = 0, done_ = 0;
  std::optional<ecs::Failure> failure_;
};

}  // namespace

std::optional<ecs::Failure> ask_side_by_side(
    CloudSession& session, std::size_t count, const std::string& what,
    const std::function<std::optional<ecs::Failure>(ecs::Client&, std::size_t)>& ask) {
  Questions questions(session, count, what, ask);
  std::vector<std::unique_ptr<ThreadClient>> clients;
  const std::size_t at_once = session.options().show_request ? 1 : std::min(count, kMostAtOnce);
  while (at_once > 1 && clients.size() < at_once) {
    auto client = session.thread_client(questions.shared());
    if (!client) break;
    clients.push_back(std::move(*client));
  }
  std::vector<std::thread> threads;
  for (const auto& each : clients) {
    try {
      threads.emplace_back([&questions, client = each.get()] { questions.work(*client); });
    } catch (const std::system_error&) {
      break;  // the threads that there are do the work
    }
  }
  for (auto& thread : threads) thread.join();
  questions.work(session.client());  // all of it where there is no thread
  session.out().progress("");
  return questions.failure();
}

}  // namespace preemptd::cli
