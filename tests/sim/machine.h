#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "drain/hooks/discovery.h"
#include "drain/plan/plan.h"
#include "sys/child.h"
#include "world.h"

namespace preemptd::sim {

/// What a node's disk keeps. What is not synced may be lost with the power.
struct Disk {
  enum class Health { fine, full, hung } health = Health::fine;
  struct Journal {
    std::string text;
    std::size_t synced = 0;
    Millis written{0};
  };
  std::optional<std::string> notice;        ///< <state>/watch/notice.json
  std::map<std::string, Journal> journals;  ///< by notice id
};

/// The run folder: memory, gone with the boot.
struct RunFolder {
  std::optional<std::string> notice;
  bool identity = false;  ///< who this instance is, from an earlier watcher of this boot
  std::string journal;
  bool drained_before = false;  ///< a drainer has been here in this boot
};

/// A hook at work, or what it left running.
struct Process {
  std::size_t number = 0;
  std::string hook, notice;
  drain::HookEvent event = drain::HookEvent::drain;
  int attempt = 0;
  bool alive = true;      ///< the hook's own process
  bool leftover = false;  ///< a child of it lives on
  bool got_term = false, got_kill = false;
  bool ignores_term = false;
  Millis survives_kill{0};  ///< in the kernel, on a dead mount
  sys::ExitStatus end;
};

/// One spot instance: its clocks, its power, its disk, its processes.
class Machine {
 public:
  explicit Machine(World& world);

  core::BootTime boot_now() const;
  core::WallTime wall_now() const;
  Millis wall_error() const { return wall_error_; }
  const std::string& boot_id() const { return boot_id_; }
  bool on() const { return on_; }
  /// It has been off in this world.
  bool back_from_before() const { return boots_ > 1; }
  bool ever_again() const { return on_ || comes_back_; }
  void release() { comes_back_ = false; }

  void tell_hooks() const;
  void begin_boot();
  /// From outside. `back_after`: nothing, it never comes back.
  void power_off(bool clean, std::optional<Millis> back_after);

  Process& start(const std::string& hook, const std::string& notice, drain::HookEvent event, int attempt);
  void terminate(std::size_t process);
  void kill(std::size_t process);
  /// SIGKILL to every process of this notice's hooks.
  void kill_all_of(const std::string& notice);
  bool any_process() const;
  /// How long the hook took lately; nothing: nobody knows.
  std::optional<Millis> predicted(const std::string& hook) const;

  Disk disk;
  RunFolder run;
  std::map<std::size_t, Process> processes;
  Life boot;
  drain::Discovery hooks;
  drain::Limits limits;
  bool under_systemd = true;
  /// Called when the disk answers again, and when a process has ended.
  std::function<void()> on_disk_healed;
  std::function<void(std::size_t, sys::ExitStatus)> on_exit;

 private:
  void plan_hooks();
  void plan_troubles();
  void disk_trouble(Disk::Health health, Millis lasts);
  void suspend(Millis lasts);
  void lose_power(bool clean);
  void end_process(std::size_t number, sys::ExitStatus status);
  void draw_fate(Process& process);

  World& world_;
  Millis booted_at_{0}, wall_error_{0};
  std::string boot_id_;
  int boots_ = 0;
  bool on_ = false, comes_back_ = false;
  std::size_t next_process_ = 0;
};

}  // namespace preemptd::sim
