#include "drain/hooks/hook_looks.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "sys/forked_call.h"

namespace preemptd::drain {
namespace {

using core::BootClock;
using core::BootTime;

/// Processes at once. What hangs beyond that waits for the first ones to be given up.
constexpr std::size_t kMostAtOnce = 64;
constexpr int kPollMs = 20;

/// A folder, or (with a name) one of its hooks.
struct Item {
  std::size_t folder = 0;
  std::string name;
  bool operator==(const Item&) const = default;
};

/// What the processes do. Answers leave by `answer`, one text for each item, in order.
class Looker {
 public:
  Looker(const LookRequest& request, bool as_user, std::function<void(const Item&, std::string)> answer)
      : request_(request), as_user_(as_user), answer_(std::move(answer)) {}

  void look(const Item& item) {
    if (!item.name.empty()) return look_at(item);
    const auto facts = look_at_folder(request_.folders[item.folder], request_.gate);
    answer_(item, encode(facts));
    if (facts.state != FolderFacts::State::listed) return;
    for (const auto& name : facts.names)
      if (request_.wanted(name)) look_at({item.folder, name});
  }

 private:
  void look_at(const Item& item) {
    if (!gate_ || gated_ != item.folder) gate_.emplace(request_.folders[item.folder], request_.gate);
    gated_ = item.folder;
    answer_(item,
            encode(look_at_hook(*gate_, request_.folders[item.folder] + "/" + item.name, request_.user_of, as_user_)));
  }

  const LookRequest& request_;
  bool as_user_;
  std::function<void(const Item&, std::string)> answer_;
  std::optional<SafeFolder> gate_;
  std::size_t gated_ = 0;
};

/// One process that looks, as the other side sees it.
struct Process {
  std::unique_ptr<sys::ForkedCall> call;
  std::deque<Item> owed;  ///< in the order of its answers; nothing: whatever else it says is known already
  std::string received;
  std::uint64_t looks = 0;
  BootTime moved_at{};  ///< when it was last seen to get on
};

class Supervisor {
 public:
  explicit Supervisor(const LookRequest& request) : request_(request) {
    result_.folders.resize(request.folders.size());
    result_.hooks.resize(request.folders.size());
    std::vector<Item> all;
    for (std::size_t i = 0; i < request.folders.size(); ++i) all.push_back({i, request.only});
    if (!all.empty()) queue_.push_back(std::move(all));
  }

  LookResult run() {
    while (!queue_.empty() || !processes_.empty()) {
      start_queued();
      wait();
      for (auto& process : processes_) follow(process);
      std::erase_if(processes_, [](const Process& process) { return process.owed.empty(); });
    }
    return std::move(result_);
  }

 private:
  void start_queued();
  void look_here(const std::vector<Item>& items);
  void wait() const;
  void follow(Process& process);
  /// False at the end of its answers.
  bool receive(Process& process);
  void take_answers(Process& process);
  void take(Process* process, const Item& item, std::string_view text);
  void share_out(Process& process);
  void fail(const Item& item, const std::string& why, bool hangs = false);

  const LookRequest& request_;
  LookResult result_;
  std::deque<std::vector<Item>> queue_;  ///< each for a process of its own
  std::vector<Process> processes_;
  int failed_starts_ = 0;
  BootTime no_start_before_{};
};

/// Answers have no names, only an order: the process ends where one is lost, so that none is taken for another.
void write_answer(int pipe, const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string framed(reinterpret_cast<const char*>(&size), sizeof size);
  framed += text;
  constexpr int kMostFailures = 3;
  std::string_view left = framed;
  for (int failures = 0; !left.empty();) {
    const auto written = ::write(pipe, left.data(), left.size());
    if (written > 0) left.remove_prefix(static_cast<std::size_t>(written));
    if (written < 0 && errno != EINTR && ++failures == kMostFailures) ::_exit(1);
  }
}

void Supervisor::start_queued() {
  constexpr int kMostFailedStarts = 20;
  constexpr Millis kLongestPause{100};
  while (!queue_.empty() && processes_.size() < kMostAtOnce && BootClock::now() >= no_start_before_) {
    const std::vector<Item> items = queue_.front();
    auto call = sys::ForkedCall::start([this, &items](int pipe) {
      sys::repeat_failed_looks(BootClock::now() + request_.limits.repeats_for);
      Looker looker(request_, true, [pipe](const Item&, const std::string& text) { write_answer(pipe, text); });
      for (const auto& item : items) looker.look(item);
    });
    if (call) {
      queue_.pop_front();
      failed_starts_ = 0;
      processes_.push_back({std::move(*call), {items.begin(), items.end()}, "", 0, BootClock::now()});
      continue;
    }
    if (++failed_starts_ <= kMostFailedStarts) {
      no_start_before_ = BootClock::now() + std::min(kLongestPause, Millis(5) * failed_starts_);
      return;
    }
    queue_.pop_front();
    if (call.error() == EAGAIN || call.error() == ENOMEM) {
      look_here(items);  // where no process can be had, a hook cannot run either: better to know what there is
    } else {
      for (const auto& item : items) fail(item, std::string("cannot be looked at: ") + std::strerror(call.error()));
    }
  }
}

void Supervisor::look_here(const std::vector<Item>& items) {
  Looker looker(request_, false, [this](const Item& item, const std::string& text) { take(nullptr, item, text); });
  for (const auto& item : items) looker.look(item);
}

void Supervisor::wait() const {
  std::vector<pollfd> fds;
  // Not for each answer: a hundred of them would be a hundred turns. The end of a process is told all the same.
  for (const auto& process : processes_) fds.push_back({process.call->fd(), 0, 0});
  ::poll(fds.data(), fds.size(), fds.empty() && queue_.empty() ? 0 : kPollMs);
}

void Supervisor::follow(Process& process) {
  const BootTime now = BootClock::now();
  const bool more = receive(process);
  take_answers(process);
  if (process.owed.empty()) return;
  if (!more) {  // it died: the item in hand has no answer, the others get another process
    fail(process.owed.front(), "cannot be looked at: the process that looked was killed");
    process.owed.pop_front();
    if (!process.owed.empty()) queue_.emplace_back(process.owed.begin(), process.owed.end());
    return process.owed.clear();
  }
  const auto looks = process.call->note().looks.load();
  if (std::exchange(process.looks, looks) != looks) process.moved_at = now;
  const auto stands_for = now - process.moved_at;
  if (stands_for >= request_.limits.stands_still) share_out(process);
  // One that the machine has not let run yet hangs on no path.
  const auto limit = looks == 0 ? request_.limits.answers_within * 5 : request_.limits.answers_within;
  if (stands_for < limit) return;
  const std::string path = process.call->note().path;
  fail(process.owed.front(), (path.empty() ? "" : path + " ") + std::string("does not answer: its file system hangs"),
       true);
  process.owed.clear();
}

bool Supervisor::receive(Process& process) {
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    const auto got = ::read(process.call->fd(), buffer.data(), buffer.size());
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    process.received.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

void Supervisor::take_answers(Process& process) {
  std::string_view left = process.received;
  for (std::uint32_t size = 0; !process.owed.empty() && left.size() >= sizeof size;) {
    std::memcpy(&size, left.data(), sizeof size);
    if (left.size() - sizeof size < size) break;
    const Item item = process.owed.front();
    process.owed.pop_front();
    take(&process, item, left.substr(sizeof size, size));
    left.remove_prefix(sizeof size + size);
  }
  process.received.erase(0, process.received.size() - left.size());
}

void Supervisor::take(Process* process, const Item& item, std::string_view text) {
  if (!item.name.empty()) {
    if (auto facts = decode_hook_facts(text)) result_.hooks[item.folder][item.name] = std::move(*facts);
    return;
  }
  auto facts = decode_folder_facts(text);
  if (!facts) return fail(item, "cannot be looked at: its answer was cut");
  if (process != nullptr && facts->state == FolderFacts::State::listed) {
    std::deque<Item> hooks;
    for (const auto& name : facts->names)
      if (request_.wanted(name)) hooks.push_back({item.folder, name});
    process->owed.insert(process->owed.begin(), hooks.begin(), hooks.end());
  }
  result_.folders[item.folder] = std::move(*facts);
}

/// What waits behind an item that stands still. Its process is not waited for beyond that item.
void Supervisor::share_out(Process& process) {
  for (std::size_t i = 1; i < process.owed.size(); ++i) queue_.push_back({process.owed[i]});
  process.owed.resize(1);
}

void Supervisor::fail(const Item& item, const std::string& why, bool hangs) {
  if (item.name.empty()) {
    FolderFacts& facts = result_.folders[item.folder];
    facts.state = FolderFacts::State::failed;
    facts.why = why.starts_with('/') ? why : request_.folders[item.folder] + " " + why;
    return;
  }
  HookFacts facts;
  const std::string path = request_.folders[item.folder] + "/" + item.name;
  facts.obstacle = {why.starts_with('/') ? why : path + " " + why, true, hangs};
  result_.hooks[item.folder][item.name] = std::move(facts);
}

}  // namespace

LookResult look_at_hooks(const LookRequest& request) {
  return Supervisor(request).run();
}

}  // namespace preemptd::drain
