#include "daemon/drains/drain_follower.h"

#include <utility>

#include "sys/files.h"

namespace preemptd::daemon {
namespace {
constexpr core::Millis kLookAtLeastEvery = core::Seconds(1);
}

DrainFollower::DrainFollower(sys::Loop& loop, std::string run_folder, std::string state_folder, OnEntry on_entry)
    : loop_(loop),
      run_folder_(std::move(run_folder)),
      state_folder_(std::move(state_folder)),
      on_entry_(std::move(on_entry)) {}

void DrainFollower::follow(const core::Notice& notice) {
  const bool another = !notice_ || notice_->id != notice.id;
  notice_ = notice;
  if (another) {
    entries_.clear();
    folder_ = drain::drain_folder(state_folder_, notice.id);
    changes_.reset();
    inside_ = false;
  }
  watch_folder();
  look();
}

bool DrainFollower::over() const {
  if (!notice_) return true;
  const auto known = record();
  const bool withdrawn = notice_->state == core::NoticeState::withdrawn;
  if (!known) return withdrawn;
  return known->state == (withdrawn ? drain::DrainState::undone : drain::DrainState::drained);
}

/// The folder of the drain appears when the drainer starts; until then the folder above is followed.
void DrainFollower::watch_folder() {
  if (inside_) return;
  const auto on_change = [this](sys::FolderFollower::Change, const std::string&) { look(); };
  if (auto inner = sys::FolderFollower::open(loop_, folder_, on_change)) {
    changes_ = std::move(*inner);
    inside_ = true;
  } else if (!changes_) {
    if (auto outer = sys::FolderFollower::open(loop_, sys::folder_of(folder_), on_change)) changes_ = std::move(*outer);
  }
}

void DrainFollower::look() {
  watch_folder();
  const auto journal = drain::read_journal(run_folder_, folder_, notice_->id);
  if (journal && *journal) {
    for (std::size_t next = entries_.size(); next < (*journal)->entries.size(); ++next) {
      entries_.push_back((*journal)->entries[next]);
      on_entry_(*notice_, entries_.back());
    }
  }
  again_.reset();
  if (!over()) again_ = loop_.after(kLookAtLeastEvery, [this] { look(); });
}

}  // namespace preemptd::daemon
