#include "machine.h"

#include <algorithm>
#include <csignal>

#include "drainer.h"
#include "judge.h"
#include "watcher.h"

namespace preemptd::sim {
namespace {

constexpr Millis kUpBefore = Seconds(1000);  // how long the machine has been up when the world begins

const char* name_of(Disk::Health health) {
  return health == Disk::Health::fine ? "well" : health == Disk::Health::full ? "full" : "hung";
}

}  // namespace

Machine::Machine(World& world) : world_(world) {
  plan_hooks();
  plan_troubles();
  under_systemd = world.chance.percent(60);
  booted_at_ = -kUpBefore;
  if (world.chance.percent(15)) wall_error_ = Millis(world.chance.between(-7'200'000, 7'200'000));
}

void Machine::plan_hooks() {
  Chance& chance = world_.chance;
  limits.parallel = chance.percent(70) ? 8 : chance.between(1, 3);
  if (chance.percent(20)) limits.report_reserve = Seconds(chance.between(3, 30));
  const int count = chance.percent(5) ? 0 : chance.between(1, 5);
  for (int i = 0; i < count; ++i) {
    drain::HookSpec spec;
    spec.stage = 10 * chance.between(1, 4);
    spec.name = std::to_string(spec.stage) + "-" + static_cast<char>('a' + i);
    spec.path = "/hooks/" + spec.name;
    if (chance.percent(35)) spec.options.reserve = Seconds(chance.between(1, 90));
    if (chance.percent(35)) spec.options.timeout = Seconds(chance.between(1, 200));
    if (chance.percent(30)) spec.options.grace = Seconds(chance.between(1, 10));
    spec.options.repeatable = !chance.percent(5);
    spec.options.on_undo = !chance.percent(5);
    spec.options.on_drain = !chance.percent(3);
    if (chance.percent(40))
      spec.options.importance = chance.percent(50) ? drain::Importance::critical : drain::Importance::low;
    spec.options.late = !chance.percent(15);
    if (chance.percent(30))
      spec.predicted =
          chance.percent(50) ? chance.between(Millis(0), Seconds(5)) : chance.between(Seconds(5), Seconds(100));
    const auto standing = chance.percent(3)   ? drain::HookStatus::unsafe
                          : chance.percent(3) ? drain::HookStatus::unrunnable
                                              : drain::HookStatus::runs;
    hooks.hooks.push_back({.spec = spec, .standing = standing, .digest = "00000000"});
  }
  std::sort(hooks.hooks.begin(), hooks.hooks.end(), [](const auto& a, const auto& b) {
    return std::pair(a.spec.stage, a.spec.name) < std::pair(b.spec.stage, b.spec.name);
  });
}

void Machine::tell_hooks() const {
  const auto text = [](const std::optional<Millis>& time) {
    return time ? std::to_string(time->count() / 1000) + " s" : "none";
  };
  world_.say("machine", "report's reserve " + text(limits.report_reserve) + ", " + std::to_string(limits.parallel) +
                            " hooks at once");
  for (const auto& hook : hooks.hooks) {
    const auto& o = hook.spec.options;
    world_.say("machine", hook.spec.name + ": " + std::string(drain::name_of(hook.standing)) + ", timeout " +
                              text(o.timeout) + ", reserve " + text(o.reserve) + ", grace " + text(o.grace) + ", " +
                              std::string(name_of(o.importance)) + ", lately " + text(hook.spec.predicted) +
                              (o.late ? "" : ", not late") + (o.repeatable ? "" : ", not repeatable") +
                              (o.on_drain ? "" : ", not for drain") + (o.on_undo ? "" : ", not for undo"));
  }
}

/// At most a handful, most of them while the first notice may be there.
void Machine::plan_troubles() {
  Chance& chance = world_.chance;
  const auto some_time = [&] { return chance.between(Seconds(5), Seconds(chance.percent(80) ? 500 : 3000)); };
  if (chance.percent(12))
    world_.timeline.at(some_time(), [this, lasts = chance.between(Millis(100), Seconds(120))] { suspend(lasts); });
  if (chance.percent(12))
    world_.timeline.at(some_time(), [this, by = Millis(chance.between(-4'000'000, 4'000'000))] {
      wall_error_ += by;
      world_.say("machine", "its wall clock steps");
    });
  if (chance.percent(15)) {
    const bool clean = chance.percent(40);
    const auto off_for =
        chance.percent(60) ? chance.between(Seconds(5), Seconds(60)) : chance.between(Seconds(60), Seconds(1200));
    world_.timeline.at(some_time(), [this, clean, off_for] {
      if (on_) power_off(clean, off_for);
    });
  }
  for (int i = chance.percent(25) ? chance.between(1, 2) : 0; i > 0; --i) {
    const auto health = chance.percent(50) ? Disk::Health::full : Disk::Health::hung;
    const auto lasts =
        chance.percent(50) ? chance.between(Millis(100), Seconds(30)) : chance.between(Seconds(30), Seconds(1500));
    const Millis at = chance.percent(30) ? Millis(0) : some_time();
    world_.timeline.at(at, [this, health, lasts] { disk_trouble(health, lasts); });
  }
}

core::BootTime Machine::boot_now() const {
  return core::BootTime(world_.timeline.now() - booted_at_);
}
core::WallTime Machine::wall_now() const {
  return kBeginning + world_.timeline.now() + wall_error_;
}

void Machine::disk_trouble(Disk::Health health, Millis lasts) {
  if (disk.health != Disk::Health::fine) return;
  disk.health = health;
  world_.say("disk", name_of(health));
  world_.judge->disturbed("the disk");
  world_.timeline.at(world_.timeline.now() + lasts, [this] {
    disk.health = Disk::Health::fine;
    world_.say("disk", name_of(disk.health));
    if (on_disk_healed) on_disk_healed();
  });
}

void Machine::suspend(Millis lasts) {
  if (!on_) return;
  if (world_.tracing()) world_.say("machine", "sleeps for " + std::to_string(lasts.count()) + " ms");
  world_.timeline.sleep_until(world_.timeline.now() + lasts);
  world_.judge->disturbed("a suspend", lasts);
}

void Machine::power_off(bool clean, std::optional<Millis> back_after) {
  world_.say("machine", clean ? "shuts down" : "loses its power");
  comes_back_ = back_after.has_value();
  lose_power(clean);
  if (!back_after) return;
  world_.timeline.at(world_.timeline.now() + *back_after, [this] {
    if (comes_back_) begin_boot();
  });
}

void Machine::lose_power(bool clean) {
  on_ = false;
  boot.end();
  world_.watcher->power_lost();
  world_.drainer->power_lost();
  processes.clear();
  run = {};
  for (auto& [id, journal] : disk.journals) {
    const auto unsynced = static_cast<int>(journal.text.size() - journal.synced);
    if (!clean && unsynced > 0)
      journal.text.resize(journal.synced + static_cast<std::size_t>(world_.chance.between(0, unsynced)));
    journal.synced = journal.text.size();
  }
  world_.judge->power_lost();
}

void Machine::begin_boot() {
  if (on_) return;
  on_ = true;
  ++boots_;
  boot_id_ = "boot-" + std::to_string(boots_);
  if (boots_ > 1) booted_at_ = world_.timeline.now();
  world_.say("machine", "boots: " + boot_id_);
  world_.judge->disturbed("a boot");
  world_.timeline.at(world_.timeline.now() + world_.chance.between(Millis(500), Seconds(10)), boot,
                     [this] { world_.watcher->start(); });
}

// Processes.

Process& Machine::start(const std::string& hook, const std::string& notice, drain::HookEvent event, int attempt) {
  const std::size_t number = next_process_++;
  Process& process = processes[number];
  process = {number, hook, notice, event, attempt};
  draw_fate(process);
  return process;
}

void Machine::draw_fate(Process& process) {
  Chance& chance = world_.chance;
  const auto lasts = chance.percent(65)   ? chance.between(Millis(0), Seconds(5))
                     : chance.percent(75) ? chance.between(Seconds(5), Seconds(200))
                                          : Millis(Seconds(100'000));
  process.end = {0, 0};
  if (chance.percent(14)) process.end.code = chance.percent(35) ? 75 : chance.percent(50) ? 77 : 1;
  if (chance.percent(3)) process.end = {0, SIGSEGV};
  process.ignores_term = chance.percent(25);
  process.leftover = chance.percent(10);
  if (chance.percent(3)) process.survives_kill = chance.between(Millis(500), Seconds(30));
  world_.timeline.at(world_.timeline.now() + lasts, boot,
                     [this, number = process.number, end = process.end] { end_process(number, end); });
}

void Machine::end_process(std::size_t number, sys::ExitStatus status) {
  const auto found = processes.find(number);
  if (found == processes.end() || !found->second.alive) return;
  found->second.alive = false;
  const bool leftover = found->second.leftover && !found->second.got_kill;
  if (!leftover) processes.erase(found);
  if (on_exit) on_exit(number, status);
}

void Machine::terminate(std::size_t number) {
  const auto found = processes.find(number);
  if (found == processes.end()) return;
  found->second.got_term = true;
  if (found->second.ignores_term) return;
  const auto takes = world_.chance.between(Millis(0), Seconds(3));
  world_.timeline.at(world_.timeline.now() + takes, boot, [this, number] { end_process(number, {0, SIGTERM}); });
}

void Machine::kill(std::size_t number) {
  const auto found = processes.find(number);
  if (found == processes.end() || found->second.got_kill) return;
  found->second.got_kill = true;
  if (!found->second.alive) {
    processes.erase(found);
    return;
  }
  const Millis takes = found->second.survives_kill;
  world_.timeline.at(world_.timeline.now() + takes, boot, [this, number] { end_process(number, {0, SIGKILL}); });
}

void Machine::kill_all_of(const std::string& notice) {
  std::vector<std::size_t> numbers;
  for (const auto& [number, process] : processes)
    if (process.notice == notice) numbers.push_back(number);
  for (const std::size_t number : numbers) kill(number);
}

std::optional<Millis> Machine::predicted(const std::string& hook) const {
  for (const auto& found : hooks.hooks)
    if (found.spec.name == hook) return found.spec.predicted;
  return std::nullopt;
}

bool Machine::any_process() const {
  return !processes.empty();
}

}  // namespace preemptd::sim
