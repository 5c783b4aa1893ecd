#pragma once
#include <array>
#include <optional>

#include "core/notice.h"
#include "watch/watch.h"
#include "world.h"

namespace preemptd::sim {

/// One reclaim of the machine, as the cloud means it.
struct Reclaim {
  int number = 0;
  Millis ends{0};      ///< when the machine goes
  bool stops = false;  ///< Stop mode: it may come back
  bool taken_back = false;
  bool shown_by_metadata = true, shown_by_lock = true;
};

/// The metadata service and the control plane: what they show is the truth, what they answer may be late, lost or
/// garbled.
class Cloud {
 public:
  explicit Cloud(World& world);

  template <typename Answer>
  struct Reply {
    Answer answer;
    Millis takes;
    std::optional<int> shows;  ///< the reclaim that a good answer tells of
    bool again = false;        ///< it comes twice
  };
  Reply<watch::MetadataAnswer> ask_metadata();
  Reply<watch::ControlAnswer> ask_control();
  core::WallTime time() const { return kBeginning + world_.timeline.now(); }

  const std::optional<Reclaim>& reclaim() const { return reclaim_; }
  bool metadata_shows() const { return reclaim_ && item_ && !item_is_old_; }
  std::optional<Millis> shown_end() const { return item_; }
  bool lock_shows() const { return reclaim_ && lock_ && !lock_is_old_; }
  /// What a Stop-mode reclaim left behind.
  bool shows_old() const { return (item_ && item_is_old_) || (lock_ && lock_is_old_); }
  bool showed_old_within(Millis time) const { return shows_old() || world_.timeline.now() - last_old_ <= time; }
  /// A source has shown a true notice within this time.
  bool shown_within(Millis time) const;
  /// Both have shown nothing for this long.
  bool clear_for(Millis time) const;
  /// Both have shown nothing at some time since then.
  bool clear_within(Millis time) const;
  /// The number of the newest reclaim, over or not.
  int newest() const { return announced_; }
  /// Nothing more will be announced, taken back or moved.
  bool has_spoken() const { return reclaims_left_ == 0 && pending_changes_ == 0; }

 private:
  struct Trouble {
    std::optional<core::ErrorCode> fault;  ///< none: answers are garbled
    Millis until{0};
  };
  void plan_troubles(std::array<std::optional<Trouble>, 2>& of);
  std::optional<Trouble> trouble_of(core::Source source);
  void soon(Millis in, std::function<void()> what);
  void announce();
  void plan_changes(Millis window);
  void show_item(bool shown);
  void show_lock(bool shown);
  void move(Millis ends);
  void take_back();
  void expire(Millis due);
  void come_back();
  void forget();
  void note_shown();

  World& world_;
  std::optional<Reclaim> reclaim_;
  std::optional<Millis> item_;
  bool lock_ = false, item_is_old_ = false, lock_is_old_ = false;
  int reclaims_left_, announced_ = 0, pending_changes_ = 0;
  int glitches_ = 0;
  bool duplicates_ = false;
  std::array<std::optional<Trouble>, 2> troubles_;
  std::optional<Millis> last_shown_;
  Millis last_old_{-1'000'000};
  Millis last_clear_{0};  ///< when both last showed nothing
  Millis item_clear_since_{0}, lock_clear_since_{0};
};

}  // namespace preemptd::sim
