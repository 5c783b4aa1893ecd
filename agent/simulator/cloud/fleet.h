#pragma once
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "simulator/cloud/instance.h"

namespace preemptd::simulator {

/// What the fleet reports as it happens.
struct FleetEvents {
  std::function<void(const Instance&, core::WallTime)> stopping;  ///< it begins to stop or restart
  std::function<void(Instance&)> starting;                        ///< it begins to start
  std::function<void(const Instance&)> gone;                      ///< the moment before it disappears
};

/// All instances and what will become of them. Time enters through advance() alone: every planned change happens at its
/// own instant, however late anybody looks. Not thread-safe.
class Fleet {
 public:
  explicit Fleet(FleetEvents events) : events_(std::move(events)) {}

  /// How long Pending, Starting and Stopping last.
  core::Millis transition{1000};

  /// Takes it in as Pending; it ends Stopped, or (with `start`) passes Starting to Running.
  Instance& add(Instance instance, bool start, core::WallTime now);
  /// Takes it in as it is, with nothing planned.
  Instance& place(Instance instance);

  /// Null: no such instance (any more).
  Instance* find(std::string_view id);
  const Instance* find(std::string_view id) const;
  /// Newest first.
  const std::map<std::uint64_t, Instance*, std::greater<>>& in_region(const std::string& region) const;
  std::size_t size() const { return instances_.size(); }

  void start(Instance& instance, core::WallTime now);
  void stop(Instance& instance, core::WallTime now);
  void reboot(Instance& instance, core::WallTime now);
  /// Stopped instances go at once, running ones through Stopping.
  void release(Instance& instance, core::WallTime now);
  void release_at(Instance& instance, std::optional<core::WallTime> when);

  /// Announces a reclaim, or moves one already announced.
  void reclaim(Instance& instance, Reclaim reclaim);
  void withdraw(Instance& instance);
  /// Stops or restarts it at a time, if it runs then.
  void maintain(Instance& instance, Maintenance maintenance);

  /// Everything that was due by `now` has happened afterwards, in the order it was due.
  void advance(core::WallTime now);
  void clear();

 private:
  enum class Change { starting, running, stopped, gone, reclaimed, auto_released, maintained };
  struct Planned {
    core::WallTime at;
    std::uint64_t order;
    std::string id;
    Change change;
    std::uint64_t turn;  ///< for changes of state: void when the instance has moved on
    bool operator>(const Planned& other) const { return std::tie(at, order) > std::tie(other.at, other.order); }
  };

  void plan(const Instance& instance, Change change, core::WallTime at);
  void carry_out(const Planned& planned);
  void enter(Instance& instance, Status status);
  void begin_stopping(Instance& instance, core::WallTime now);
  void change_state(Instance& instance, const Planned& planned);
  void finish_maintenance(Instance& instance, core::WallTime at);
  void finish_reclaim(Instance& instance, core::WallTime at);
  void stopped(Instance& instance, core::WallTime at);
  void remove(Instance& instance);

  FleetEvents events_;
  std::unordered_map<std::string, Instance> instances_;
  std::map<std::string, std::map<std::uint64_t, Instance*, std::greater<>>, std::less<>> by_region_;
  std::priority_queue<Planned, std::vector<Planned>, std::greater<>> plans_;
  std::uint64_t sequence_ = 0;
  std::uint64_t order_ = 0;
};

}  // namespace preemptd::simulator
