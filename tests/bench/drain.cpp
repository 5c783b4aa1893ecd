// What a drain costs beside bare programs of the same run.
//   drain_bench PREEMPT_DRAIN [TURNS]
// Three things: from the rename of the notice file to the first hook's first instruction, against a program that waits
// for the rename (inotify) and spawns the hook; what a hook costs, against a bare spawn-and-wait, in time and (where
// strace may be used) in system calls; and preempt-drain's memory with 100 hooks.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/identity.h"
#include "core/notice.h"
#include "fakes/temp_folder.h"

extern char** environ;

namespace {

using namespace preemptd;
namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr int kHooks = 100;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "drain_bench: %s\n", what.c_str());
  std::exit(1);
}

double milliseconds_since(core::BootTime start) {
  return std::chrono::duration<double, std::milli>(core::BootClock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Everything silent, so that a terminal is not measured.
pid_t spawn(const Words& words) {
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (const int fd : {1, 2}) ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  if (::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ) != 0) fail("cannot start " + words[0]);
  ::posix_spawn_file_actions_destroy(&actions);
  return pid;
}

void wait_for(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid || status != 0) fail("a program did not end well");
}

/// Run, state and hooks of one drain.
class Place {
 public:
  explicit Place(std::string drain) : drain_(std::move(drain)) {
    for (const char* name : {"run", "state", "hooks"}) fs::create_directory(folder_ / name);
  }
  std::string operator/(const std::string& name) const { return folder_ / name; }

  void hook(const std::string& name) {
    fs::copy_file(BENCH_HOOK, folder_ / ("hooks/" + name), fs::copy_options::overwrite_existing);
  }
  Words drain_command(int parallel = 8) const {
    return {drain_,
            "--set",
            "paths.run=" + (folder_ / "run"),
            "--set",
            "paths.state=" + (folder_ / "state"),
            "--set",
            "hooks.folders=" + (folder_ / "hooks"),
            "--set",
            "drain.parallel=" + std::to_string(parallel)};
  }
  /// A notice never seen before, not yet in its place.
  void prepare_notice() {
    core::Notice notice;
    notice.id = "bench-" + std::to_string(++notices_);
    notice.instance.instance_id = "i-1";
    notice.sources = {core::Source::metadata};
    notice.boot_id = core::current_boot_id();
    notice.seen_at = core::system_clock().wall_now();
    notice.seen_at_boot = core::BootClock::now();
    notice.termination_time = notice.seen_at + core::Seconds(300);
    notice.deadline = notice.seen_at_boot + core::Seconds(300);
    folder_.write("run/.notice", core::to_json_text(notice));
  }
  /// The next drain is the first of its boot: a later one looks for hooks of dead drainers in /proc before it starts.
  void forget_drains() const { fs::remove_all(folder_ / "run/drain"); }
  void publish_notice() const { fs::rename(folder_ / "run/.notice", folder_ / "run/notice.json"); }

 private:
  fakes::TempFolder folder_;
  std::string drain_;
  int notices_ = 0;
};

/// The bare program: waits for the rename, spawns, waits for the end.
[[noreturn]] void wait_and_spawn(const std::string& run_folder, const Words& words, int ready) {
  const int inotify = ::inotify_init1(IN_CLOEXEC);
  ::inotify_add_watch(inotify, run_folder.c_str(), IN_MOVED_TO);
  [[maybe_unused]] const auto told = ::write(ready, "x", 1);
  char events[4096];
  if (::read(inotify, events, sizeof events) <= 0) fail("inotify says nothing");
  wait_for(spawn(words));
  std::_Exit(0);
}

/// Milliseconds from the rename to the hook's first instruction, when `words` are what is spawned at the rename.
double rename_to_hook(Place& place, const Words& words) {
  place.forget_drains();
  place.prepare_notice();
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) != 0) fail("no pipe");
  const pid_t waiter = ::fork();
  if (waiter == 0) wait_and_spawn(place / "run", words, ready[1]);
  char byte = 0;
  [[maybe_unused]] const auto got = ::read(ready[0], &byte, 1);
  for (const int fd : ready) ::close(fd);
  const auto start = core::BootClock::now();
  place.publish_notice();
  wait_for(waiter);
  std::ifstream stamp(place / "stamp");
  long long at = 0;
  stamp >> at;
  return static_cast<double>(at - start.time_since_epoch().count()) / 1e6;
}

void measure_start(const std::string& drain, int turns) {
  Place place(drain);
  for (const char* name : {"10-stamp", "20-a", "20-b", "30-c", "90-d"}) place.hook(name);
  std::vector<double> bare, ours;
  for (int i = 0; i < turns; ++i) {
    bare.push_back(rename_to_hook(place, {place / "hooks/10-stamp", "drain"}));
    ours.push_back(rename_to_hook(place, place.drain_command()));
  }
  std::printf(
      "rename of the notice -> first hook's first instruction, median of %d: bare %.2f ms, preempt-drain %.2f ms, "
      "difference %.2f ms (limit 10)\n",
      turns, median(bare), median(ours), median(ours) - median(bare));
}

double drain_once(Place& place) {
  place.prepare_notice();
  place.publish_notice();
  const auto start = core::BootClock::now();
  wait_for(spawn(place.drain_command(1)));
  return milliseconds_since(start);
}

double spawn_all(Place& place) {
  const auto start = core::BootClock::now();
  for (int i = 0; i < kHooks; ++i) wait_for(spawn({place / "hooks/10-h100", "drain"}));
  return milliseconds_since(start);
}

/// System calls of a program and its threads; a child that becomes another program is not counted, not even what it
/// does before that. -1: strace cannot be used.
long count_calls(const std::string& trace, const Words& words) {
  Words traced{"/usr/bin/strace", "-f", "-qq", "-o", trace};
  traced.insert(traced.end(), words.begin(), words.end());
  if (::access(traced[0].c_str(), X_OK) != 0) return -1;
  wait_for(spawn(traced));
  std::ifstream file(trace);
  std::map<std::string, long> by_process;
  std::set<std::string> children;
  for (std::string line; std::getline(file, line);) {
    const std::string pid = line.substr(0, line.find(' '));
    if (line.find(" execve(") != std::string::npos && !by_process.empty()) children.insert(pid);
    by_process[pid] += line.find("resumed>") == std::string::npos && line.find(" --- ") == std::string::npos ? 1 : 0;
  }
  long calls = 0;
  for (const auto& [pid, count] : by_process) calls += children.count(pid) == 0 ? count : 0;
  return calls;
}

void add_hooks(Place& place) {
  for (int i = 100; i < 100 + kHooks; ++i) place.hook("10-h" + std::to_string(i));
}

void measure_hooks(const std::string& drain, int turns, const std::string& self) {
  Place empty(drain), full(drain);
  add_hooks(full);
  std::vector<double> none, all, bare;
  for (int i = 0; i < std::max(3, turns / 5); ++i) {
    none.push_back(drain_once(empty));
    all.push_back(drain_once(full));
    bare.push_back(spawn_all(full));
  }
  const double ours = (median(all) - median(none)) / kHooks, floor = median(bare) / kHooks;
  std::printf("a hook: bare spawn and wait %.3f ms, preempt-drain %.3f ms, overhead %.3f ms (limit 2)\n", floor, ours,
              ours - floor);

  Place nothing(drain), hundred(drain);  // never drained: no old records to look through
  add_hooks(hundred);
  const auto calls = [](Place& place) {
    place.prepare_notice();
    place.publish_notice();
    return count_calls(place / "trace", place.drain_command(1));
  };
  const long with = calls(hundred), without = calls(nothing);
  const auto bare_calls_of = [&](const std::string& count) {
    return count_calls(full / "trace", {self, "--spawn", full / "hooks/10-h100", count});
  };
  const long bare_with = bare_calls_of(std::to_string(kHooks)), bare_without = bare_calls_of("0");
  if (with < 0) return void(std::printf("system calls of a hook: not counted, because strace cannot be used here\n"));
  const double our_calls = static_cast<double>(with - without) / kHooks;
  const double bare_calls = static_cast<double>(bare_with - bare_without) / kHooks;
  std::printf("a hook's system calls: bare %.1f, preempt-drain %.1f, overhead %.1f (limit 60)\n", bare_calls, our_calls,
              our_calls - bare_calls);
}

long kib_of(pid_t pid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return std::atol(line.c_str() + name.size());
  return 0;
}

void measure_memory(const std::string& drain) {
  Place place(drain);
  add_hooks(place);
  place.hook("90-hold");
  place.prepare_notice();
  place.publish_notice();
  const pid_t pid = spawn(place.drain_command());
  const auto started = [&] {  // the last hook has been called: all others are over
    for (const auto& folder : fs::directory_iterator(place / "state/drains"))
      if (fs::exists(folder.path() / "hooks/90-hold")) return true;
    return false;
  };
  while (!fs::exists(place / "state/drains") || !started()) ::poll(nullptr, 0, 20);
  ::poll(nullptr, 0, 100);
  std::printf("preempt-drain's memory with %d hooks: resident %.2f MiB, at most %.2f MiB (limit 4)\n", kHooks + 1,
              static_cast<double>(kib_of(pid, "VmRSS:")) / 1024, static_cast<double>(kib_of(pid, "VmHWM:")) / 1024);
  std::ofstream(place / "go") << "\n";
  wait_for(pid);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "--spawn") {  // the bare program that count_calls() looks at
    for (int i = std::atoi(argv[3]); i > 0; --i) wait_for(spawn({argv[2], "drain"}));
    return 0;
  }
  if (argc < 2) fail("usage: drain_bench PREEMPT_DRAIN [TURNS]");
  const std::string drain = fs::canonical(argv[1]).string();
  const int turns = argc > 2 ? std::max(1, std::atoi(argv[2])) : 30;
  const std::string self = fs::canonical("/proc/self/exe").string();
  // As deep as real hooks lie, because every folder above them is judged.
  if (::access("/var/lib", W_OK) == 0) fs::current_path("/var/lib");
  measure_start(drain, turns);
  measure_hooks(drain, turns, self);
  measure_memory(drain);
}
