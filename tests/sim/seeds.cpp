#include "seeds.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace preemptd::sim {

std::optional<Found> search(std::uint64_t from, std::uint64_t count, Broken broken) {
  constexpr std::uint64_t kBatch = 64;
  std::atomic<std::uint64_t> next = 0, end = count;
  std::mutex mutex;
  std::optional<Found> found;
  const auto work = [&] {
    for (;;) {
      const std::uint64_t batch = next.fetch_add(kBatch);
      if (batch >= end) return;
      for (std::uint64_t i = batch; i < std::min(batch + kBatch, end.load()); ++i) {
        auto violation = live(from + i, broken);
        if (!violation) continue;
        const std::lock_guard lock(mutex);
        if (!found || from + i < found->seed) found = Found{from + i, std::move(*violation)};
        end = std::min(end.load(), i);
      }
    }
  };
  std::vector<std::thread> threads(std::max(1U, std::thread::hardware_concurrency()));
  for (auto& thread : threads) thread = std::thread(work);
  for (auto& thread : threads) thread.join();
  return found;
}

std::string describe(const Found& found, Broken broken) {
  const std::string how = broken == Broken::nothing ? "" : std::string(" --broken ") + name_of(broken);
  return "seed " + std::to_string(found.seed) + " breaks a law after " + std::to_string(found.violation.at.count()) +
         " ms: " + found.violation.law + ": " + found.violation.what + "\n  replay it: sim_world --seed " +
         std::to_string(found.seed) + how + " --trace";
}

}  // namespace preemptd::sim
