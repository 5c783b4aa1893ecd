#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "seeds.h"

/// Replays one seed, or lives through many. See --help.
using namespace preemptd::sim;

namespace {

constexpr const char* kHelp =
    "Usage: sim_world --seed N [--trace] [--broken NAME]    one world; the trace tells everything that happens\n"
    "       sim_world --seeds COUNT [--from N] [--broken NAME]\n"
    "Exit codes: 0 all laws held, 1 one was broken, 2 wrong usage.\n"
    "Broken programs, which must not get through:";

int usage() {
  std::fprintf(stderr, "%s", kHelp);
  for (int i = 1; i < kBrokenCount; ++i) std::fprintf(stderr, " %s", name_of(static_cast<Broken>(i)));
  std::fprintf(stderr, "\n");
  return 2;
}

struct Options {
  std::optional<std::uint64_t> seed, seeds;
  std::uint64_t from = 1;
  bool trace = false;
  std::optional<Broken> broken = Broken::nothing;
};

std::optional<Broken> broken_named(const std::string& name) {
  for (int i = 0; i < kBrokenCount; ++i)
    if (name == name_of(static_cast<Broken>(i))) return static_cast<Broken>(i);
  return std::nullopt;
}

std::optional<Options> read(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--trace") {
      options.trace = true;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    const std::string value = argv[++i];
    if (name == "--seed")
      options.seed = std::strtoull(value.c_str(), nullptr, 10);
    else if (name == "--seeds")
      options.seeds = std::strtoull(value.c_str(), nullptr, 10);
    else if (name == "--from")
      options.from = std::strtoull(value.c_str(), nullptr, 10);
    else if (name == "--broken")
      options.broken = broken_named(value);
    else
      return std::nullopt;
  }
  if (!options.broken || options.seed.has_value() == options.seeds.has_value()) return std::nullopt;
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = read(argc, argv);
  if (!options) return usage();
  const std::uint64_t from = options->seed.value_or(options->from);
  if (options->seed && options->trace) {
    std::cout << std::unitbuf;
    if (const auto violation = live(*options->seed, *options->broken, &std::cout)) return 1;
    return 0;
  }
  const auto found = search(from, options->seeds.value_or(1), *options->broken);
  if (found)
    std::printf("%s\n", describe(*found, *options->broken).c_str());
  else
    std::printf("%llu seeds from %llu: all laws held\n", static_cast<unsigned long long>(options->seeds.value_or(1)),
                static_cast<unsigned long long>(from));
  return found ? 1 : 0;
}
