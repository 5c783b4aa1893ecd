#include "drain/journal/record_writer.h"

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "drain/journal/prune.h"
#include "drain/journal/record.h"
#include "sys/files.h"

namespace preemptd::drain {
namespace {

/// A write reaches the kernel at once, or the disk hangs. After it, a crash of the drainer costs nothing.
constexpr core::Seconds kWriteWait{2};
/// A sync guards against a loss of power, which takes the machine with it. It gets the time that a healthy disk needs,
/// and goes on beside the hooks when it needs more: the first hook may not wait for a slow disk.
constexpr Millis kSyncWait{5};
/// At the end no hook waits any more.
constexpr core::Seconds kLastWait{2};

std::string newest_other_journal(const std::string& state_folder, const std::string& id) {
  const auto drains = list_drains(state_folder);
  if (!drains) return "";
  const auto other =
      std::find_if(drains->begin(), drains->end(), [&](const std::string& drain) { return drain != id; });
  if (other == drains->end()) return "";
  const auto text = sys::read_file(drain_folder(state_folder, *other) + "/journal", kJournalLimit, sys::Links::refuse);
  return text ? text->value_or("") : "";
}

}  // namespace

/// The members above `opened` are the writing thread's until it sets that; `folder` stays its own (and for sync() the
/// syncing thread's), the others are then the owner's.
struct RecordWriter::Notice {
  void open(const std::vector<std::string>& places, const std::string& id) {
    places_ = places;
    id_ = id;
    for (const auto& place : places) {
      folder_ = open_over_failures(place);
      if (!folder_ && !held_) continue;
      if (folder_) remember(place);
      break;
    }
    looked_at_ = core::BootClock::now();
    opened_ = true;
  }
  bool opened() const { return opened_; }

  /// For the owner, once it is opened.
  Found& found() { return found_; }
  const std::optional<core::Error>& held() const { return held_; }

  /// For the writing thread.
  void carry_out(const Job& job) {
    if (!folder_ && !open_again()) return;
    if (const auto done = job(*folder_); !done) lose(done.error());
  }
  void catch_up(const std::string& text) {
    if (folder_) return carry_out([&](RecordFolder& folder) { return folder.catch_up(text); });
    missed_ = text;
    missed_all_ = true;
  }
  void append(const std::string& lines) {
    if (!folder_) missed_ += lines;
    if (folder_)
      carry_out([&](RecordFolder& folder) { return folder.append(lines); });
    else
      open_again();
  }
  /// For the syncing thread.
  void sync() {
    if (!opened_ || !folder_) return;
    if (const auto done = folder_->sync(); !done) lose(done.error());
  }

  /// For all of them.
  void lose(const core::Error& error) {
    constexpr std::size_t kMostLosses = 8;
    const std::lock_guard lock(mutex_);
    if (losses_.size() < kMostLosses) losses_.push_back(core::describe(error));
  }
  std::vector<std::string> take_losses() {
    const std::lock_guard lock(mutex_);
    return std::exchange(losses_, {});
  }

 private:
  void remember(const std::string& place) {
    found_.base = place;
    found_.text = folder_->text();
    if (found_.text.empty()) found_.other_text = newest_other_journal(place, id_);
    found_.history = read_history(place);
  }

  /// A lack of descriptors or the like often passes within milliseconds; a read-only disk does not, and costs no more.
  std::unique_ptr<RecordFolder> open_over_failures(const std::string& place) {
    constexpr int kPausesMs[] = {2, 10, 40, 0};
    core::Error last;
    for (const int pause : kPausesMs) {
      auto folder = RecordFolder::open(place, id_);
      if (folder) return std::move(*folder);
      last = folder.error();
      if (last.code == core::ErrorCode::refused) held_ = last;
      if (last.code != core::ErrorCode::local) break;
      ::poll(nullptr, 0, pause);
    }
    if (!held_) lose(last);
    return nullptr;
  }

  /// Within the drain, so that the next drainer knows what ran. False: still no place takes it.
  bool open_again() {
    constexpr Millis kLookEvery{200};
    const auto now = core::BootClock::now();
    if (held_ || now - looked_at_ < kLookEvery) return false;
    looked_at_ = now;
    for (const auto& place : places_) {
      auto folder = RecordFolder::open(place, id_);
      if (!folder) continue;
      folder_ = std::move(*folder);
      lose({core::ErrorCode::local, "written from now on, after it could not be for a while", place});
      const std::string missed = std::exchange(missed_, {});
      const auto done = missed_all_ ? folder_->catch_up(missed) : folder_->append(missed);
      if (!done) lose(done.error());
      return true;
    }
    return false;
  }

  std::vector<std::string> places_;
  std::string id_;
  std::string missed_;       ///< lines that no journal took yet
  bool missed_all_ = false;  ///< they are the whole journal
  core::BootTime looked_at_{};
  std::unique_ptr<RecordFolder> folder_;
  Found found_;
  std::optional<core::Error> held_;
  std::atomic<bool> opened_ = false;

  std::mutex mutex_;
  std::vector<std::string> losses_;
};

RecordWriter::RecordWriter(std::string state_folder, std::string run_folder)
    : state_folder_(std::move(state_folder)), run_folder_(std::move(run_folder)) {}

RecordWriter::~RecordWriter() = default;

RecordWriter::Opening RecordWriter::open(const std::string& id, core::Deadline by) {
  id_ = id;
  notice_ = std::make_shared<Notice>();
  writer_.post([notice = notice_, places = std::vector{state_folder_, run_folder_}, id] { notice->open(places, id); });
  if (!flush(by)) return Opening::hung;
  if (!notice_->held()) return Opening::open;
  holder_ = *notice_->held();
  return Opening::held;
}

const RecordWriter::Found* RecordWriter::found() const {
  return notice_ && notice_->opened() ? &notice_->found() : nullptr;
}

void RecordWriter::catch_up(std::string text) {
  writer_.post([notice = notice_, text = std::move(text)] { notice->catch_up(text); });
}

void RecordWriter::append(std::string lines) {
  writer_.post([notice = notice_, lines = std::move(lines)] { notice->append(lines); });
}

void RecordWriter::make_hook_folder(const std::string& hook, uid_t owner, gid_t group) {
  post([=](RecordFolder& folder) { return folder.make_hook_folder(hook, owner, group); });
}

void RecordWriter::write_output(const HookFinished& entry, const std::string& stream, std::string text) {
  post([hook = entry.hook, event = entry.event, attempt = entry.attempt, stream, text = std::move(text)](
           RecordFolder& folder) { return folder.write_output(hook, event, attempt, stream, text); });
}

void RecordWriter::learn(const std::string& hook, Millis took) {
  if (notice_->opened()) notice_->found().history.add(hook, took);
}

void RecordWriter::write_record() {
  post([](RecordFolder& folder) { return folder.write_record(); });
}

void RecordWriter::complete_record() {
  post([](RecordFolder& folder) { return folder.complete_record(); });
}

void RecordWriter::write_history() {
  if (!notice_->opened()) return;
  post([text = notice_->found().history.to_text()](RecordFolder& folder) { return folder.write_history(text); });
}

void RecordWriter::prune(std::size_t most) {
  if (!notice_->opened() || notice_->found().base.empty()) return;
  post([base = notice_->found().base, id = id_, most](RecordFolder&) { return prune_drains(base, id, {most}); });
}

bool RecordWriter::flush(core::Deadline by) {
  const bool written = writer_.flush(kWriteWait, by);
  if (!writer_.start())
    lose({core::ErrorCode::local, "no thread is left to write it; the drain does not wait for one", state_folder_});
  else if (!written)
    lose({core::ErrorCode::local, "the disk does not answer; the drain does not wait for it", state_folder_});
  syncer_.post([notice = notice_] { notice->sync(); });
  syncer_.flush(kSyncWait, by);
  return written;
}

void RecordWriter::finish() {
  if (!syncer_.finish(kLastWait))
    lose({core::ErrorCode::local, "the last sync does not end: a loss of power could cost the journal's last lines",
          state_folder_});
  writer_.flush(kLastWait, core::Deadline(core::BootTime::max()));
}

std::vector<std::string> RecordWriter::take_losses() {
  return notice_ ? notice_->take_losses() : std::vector<std::string>{};
}

void RecordWriter::post(Job job) {
  writer_.post([notice = notice_, job = std::move(job)] { notice->carry_out(job); });
}

void RecordWriter::lose(const core::Error& error) {
  notice_->lose(error);
}

}  // namespace preemptd::drain
