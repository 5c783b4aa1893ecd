#include "simulator/cloud/fleet.h"

#include <algorithm>
#include <array>

namespace preemptd::simulator {

std::string_view name_of(Status status) {
  static constexpr std::array<std::string_view, 5> kNames{"Pending", "Starting", "Running", "Stopping", "Stopped"};
  return kNames[static_cast<std::size_t>(status)];
}

bool Instance::locked_for_security() const {
  return std::find(locks.begin(), locks.end(), "security") != locks.end();
}

Instance& Fleet::place(Instance instance) {
  instance.sequence = ++sequence_;
  const std::string id = instance.id;
  Instance& kept = instances_.insert_or_assign(id, std::move(instance)).first->second;
  by_region_[kept.region][kept.sequence] = &kept;
  return kept;
}

Instance& Fleet::add(Instance instance, bool start, core::WallTime now) {
  instance.status = Status::pending;
  instance.created = now;
  Instance& kept = place(std::move(instance));
  plan(kept, start ? Change::starting : Change::stopped, now + transition);
  if (kept.auto_release) release_at(kept, kept.auto_release);
  return kept;
}

Instance* Fleet::find(std::string_view id) {
  const auto found = instances_.find(std::string(id));
  return found == instances_.end() ? nullptr : &found->second;
}

const Instance* Fleet::find(std::string_view id) const {
  const auto found = instances_.find(std::string(id));
  return found == instances_.end() ? nullptr : &found->second;
}

const std::map<std::uint64_t, Instance*, std::greater<>>& Fleet::in_region(const std::string& region) const {
  static const std::map<std::uint64_t, Instance*, std::greater<>> kNone;
  const auto found = by_region_.find(region);
  return found == by_region_.end() ? kNone : found->second;
}

void Fleet::start(Instance& instance, core::WallTime now) {
  enter(instance, Status::starting);
  events_.starting(instance);
  instance.stop_charging = false;
  instance.started = now;
  if (instance.reclaim && now >= instance.reclaim->at) instance.reclaim.reset();
  plan(instance, Change::running, now + transition);
}

void Fleet::stop(Instance& instance, core::WallTime now) {
  begin_stopping(instance, now);
  plan(instance, Change::stopped, now + transition);
}

void Fleet::reboot(Instance& instance, core::WallTime now) {
  begin_stopping(instance, now);
  plan(instance, Change::starting, now + transition);
}

void Fleet::release(Instance& instance, core::WallTime now) {
  if (instance.status == Status::stopped) return remove(instance);
  begin_stopping(instance, now);
  plan(instance, Change::gone, now + transition);
}

void Fleet::release_at(Instance& instance, std::optional<core::WallTime> when) {
  instance.auto_release = when;
  if (when) plan(instance, Change::auto_released, *when);
}

void Fleet::reclaim(Instance& instance, Reclaim reclaim) {
  instance.reclaim = reclaim;
  plan(instance, Change::reclaimed, reclaim.at);
}

void Fleet::withdraw(Instance& instance) {
  instance.reclaim.reset();
}

void Fleet::maintain(Instance& instance, Maintenance maintenance) {
  instance.maintenance = maintenance;
  plan(instance, Change::maintained, maintenance.at);
}

void Fleet::advance(core::WallTime now) {
  while (!plans_.empty() && plans_.top().at <= now) {
    const Planned due = plans_.top();
    plans_.pop();
    carry_out(due);
  }
}

void Fleet::clear() {
  plans_ = {};
  by_region_.clear();
  instances_.clear();
}

void Fleet::plan(const Instance& instance, Change change, core::WallTime at) {
  plans_.push({at, ++order_, instance.id, change, instance.turn});
}

void Fleet::enter(Instance& instance, Status status) {
  instance.status = status;
  ++instance.turn;
}

void Fleet::begin_stopping(Instance& instance, core::WallTime now) {
  events_.stopping(instance, now);
  enter(instance, Status::stopping);
}

void Fleet::carry_out(const Planned& planned) {
  Instance* instance = find(planned.id);
  if (instance == nullptr) return;
  switch (planned.change) {
    case Change::reclaimed:
      if (instance->reclaim && instance->reclaim->at == planned.at) finish_reclaim(*instance, planned.at);
      return;
    case Change::auto_released:
      if (instance->auto_release == planned.at) release(*instance, planned.at);
      return;
    case Change::maintained:
      if (instance->maintenance && instance->maintenance->at == planned.at) finish_maintenance(*instance, planned.at);
      return;
    case Change::starting:
    case Change::running:
    case Change::stopped:
    case Change::gone:
      if (instance->turn == planned.turn) change_state(*instance, planned);
  }
}

void Fleet::change_state(Instance& instance, const Planned& planned) {
  switch (planned.change) {
    case Change::starting: return start(instance, planned.at);
    case Change::running: return enter(instance, Status::running);
    case Change::stopped: return stopped(instance, planned.at);
    case Change::gone: return remove(instance);
    case Change::reclaimed:
    case Change::auto_released:
    case Change::maintained: return;  // no change of state by itself
  }
}

void Fleet::finish_maintenance(Instance& instance, core::WallTime at) {
  const bool restart = instance.maintenance->reboot;
  instance.maintenance.reset();
  if (instance.status != Status::running) return;
  if (restart) return reboot(instance, at);
  stop(instance, at);
}

void Fleet::finish_reclaim(Instance& instance, core::WallTime at) {
  if (!instance.reclaim->stop) return release(instance, at);
  instance.stop_charging = true;
  if (instance.status == Status::stopped) return stopped(instance, at);
  stop(instance, at);
}

void Fleet::stopped(Instance& instance, core::WallTime at) {
  enter(instance, Status::stopped);
  if (instance.stop_charging && !instance.public_ip.empty()) {
    instance.public_ip.clear();
    instance.public_ip_due = true;
  }
  if (!instance.reclaim || at < instance.reclaim->at) return;
  if (instance.reclaim->comeback) plan(instance, Change::starting, at + *instance.reclaim->comeback);
}

void Fleet::remove(Instance& instance) {
  events_.gone(instance);
  by_region_[instance.region].erase(instance.sequence);
  instances_.erase(std::string(instance.id));
}

}  // namespace preemptd::simulator
