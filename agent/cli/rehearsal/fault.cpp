#include "cli/rehearsal/fault.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

using core::Json;
using core::Result;

constexpr core::Seconds kClockError{90};

Result<void> inject(RehearsalWorld& world, Json fault) {
  auto sent = world.cloud().post("/fault", fault);
  if (!sent) return tl::unexpected(sent.error());
  return {};
}

Result<void> refuse_tokens(RehearsalWorld& world) {
  return inject(world, {{"target", "metadata"}, {"kind", "status"}, {"value", 401}});
}
Result<void> metadata_down(RehearsalWorld& world) {
  return inject(world, {{"target", "metadata"}, {"kind", "status"}, {"value", 500}});
}
Result<void> metadata_slow(RehearsalWorld& world) {
  return inject(world, {{"target", "metadata"}, {"kind", "slow"}, {"value", 200}});
}
Result<void> metadata_garbage(RehearsalWorld& world) {
  return inject(world, {{"target", "metadata"}, {"kind", "garbage"}, {"value", "<html>"}});
}
Result<void> api_down(RehearsalWorld& world) {
  return inject(world, {{"target", "api"}, {"kind", "status"}, {"value", 503}});
}
Result<void> api_throttled(RehearsalWorld& world) {
  return inject(world, {{"target", "api"}, {"kind", "throttle"}, {"value", 500}});
}
Result<void> clock_wrong(RehearsalWorld& world) {
  if (auto sent = inject(world, {{"target", "metadata"}, {"kind", "clock"}, {"value", kClockError.count()}}); !sent)
    return sent;
  return inject(world, {{"target", "api"}, {"kind", "clock"}, {"value", kClockError.count()}});
}

Result<void> webhook_down(RehearsalWorld& world) {
  world.webhook().answer_with(503);
  return {};
}

/// Up again half-way through the window, so that what was kept must still arrive.
Result<bool> webhook_up_again(const FaultContext& scene) {
  const auto half = scene.world.setup().notice / scene.world.setup().speed / 2;
  if (!scene.drain_over && scene.since_reclaim < half) return false;
  scene.world.webhook().answer_with(200);
  return true;
}

/// Every other answer says that nothing is announced.
Result<bool> flap(const FaultContext& scene) {
  auto sent = inject(scene.world, {{"target", "metadata"},
                                   {"kind", "status"},
                                   {"value", 404},
                                   {"only", "/latest/meta-data/instance/spot/termination-time"},
                                   {"times", 1}});
  if (!sent) return tl::unexpected(sent.error());
  return scene.drain_over;
}

Result<bool> kill_agent(const FaultContext& scene) {
  if (!scene.a_hook_runs && !scene.drain_over) return false;
  scene.world.kill_agent();
  if (auto started = scene.world.start_agent(); !started) return tl::unexpected(started.error());
  return true;
}

Result<bool> kill_drainer(const FaultContext& scene) {
  if (scene.drain_over)
    return core::fail(core::ErrorCode::local, "the drain was over before its drainer could be killed");
  return scene.a_hook_runs && scene.world.kill_drainer();
}

/// A full file system in place of the state folder, for this process and its children only.
Result<void> fill_disk(RehearsalWorld& world) {
  if (::geteuid() != 0)
    return core::fail(core::ErrorCode::bad_input, "needs root: it mounts a small file system of its own", "disk-full");
  const std::string state = world.state_folder();
  const bool apart = ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  if (!apart || ::mount("preempt-rehearsal", state.c_str(), "tmpfs", 0, "size=64k,nr_inodes=64") != 0) {
    return core::fail_errno(errno, "cannot mount a small file system", state);
  }
  const std::string filler(60 * 1024, 'x');
  return sys::write_file_atomically(state + "/filler", filler, 0644, sys::Durable::no);
}

Result<void> add_hanging_hook(RehearsalWorld& world) {
  const std::string path = world.extra_hooks() + "/" + kHangingHook;
  const int speed = world.setup().speed;
  const std::string script = "#!/bin/sh\n# preemptd: timeout=" + std::to_string(2 * speed) +
                             "s grace=" + std::to_string(speed) + "s\ntrap '' TERM\nwhile :; do sleep 0.2; done\n";
  return sys::write_file_atomically(path, script, 0755, sys::Durable::no);
}

constexpr std::array kErrorCodes{
    RehearsalFault{
        .name = "token-refused", .what = "the metadata service refuses every session token", .disturb = refuse_tokens},
    RehearsalFault{
        .name = "metadata-down", .what = "the metadata service answers 500 to everything", .disturb = metadata_down},
    RehearsalFault{.name = "metadata-slow", .what = "every metadata answer takes 200 ms", .disturb = metadata_slow},
    RehearsalFault{
        .name = "metadata-garbage", .what = "the metadata service answers rubbish", .disturb = metadata_garbage},
    RehearsalFault{.name = "metadata-flapping", .what = "the termination time comes and goes", .act = flap},
    RehearsalFault{.name = "clock-wrong",
                   .what = "this node's clock is 90 s behind the cloud's",
                   .prepare = clock_wrong,
                   .cloud_ahead = kClockError},
    RehearsalFault{.name = "api-down", .what = "the API answers 503 to everything", .disturb = api_down},
    RehearsalFault{.name = "api-throttled", .what = "the API throttles every call", .disturb = api_throttled},
    RehearsalFault{.name = "webhook-down",
                   .what = "the webhook refuses reports for half of the window",
                   .prepare = webhook_down,
                   .act = webhook_up_again},
    RehearsalFault{
        .name = "agent-killed", .what = "preemptd is killed in mid-drain and started again", .act = kill_agent},
    RehearsalFault{.name = "drainer-killed", .what = "preempt-drain is killed while a hook runs", .act = kill_drainer},
    RehearsalFault{.name = "disk-full", .what = "the disk that keeps state is full", .prepare = fill_disk},
    RehearsalFault{.name = "hook-hangs", .what = "a hook hangs and ignores SIGTERM", .prepare = add_hanging_hook},
};

}  // namespace

std::span<const RehearsalFault> rehearsal_faults() {
  return kErrorCodes;
}

Result<std::vector<const RehearsalFault*>> pick_faults(const std::vector<std::string>& names) {
  std::vector<const RehearsalFault*> picked;
  std::vector<std::string> known;
  for (const auto& fault : kErrorCodes) known.emplace_back(fault.name);
  for (const auto& name : names) {
    const auto found =
        std::find_if(kErrorCodes.begin(), kErrorCodes.end(), [&](const auto& fault) { return fault.name == name; });
    if (found == kErrorCodes.end()) {
      const auto near = core::nearest(name, known);
      return core::fail(core::ErrorCode::bad_input,
                        "no fault \"" + core::printable(name, 60) + "\"" +
                            (near ? ", did you mean " + *near + "?" : "; see preemptctl rehearse --help"));
    }
    picked.push_back(&*found);
  }
  return picked;
}

}  // namespace preemptd::cli
