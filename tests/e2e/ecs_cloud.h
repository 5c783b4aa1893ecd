#pragma once
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "e2e/world.h"

/// preemptctl against a simulated control plane of its own.
namespace preemptd::e2e {

using Words = std::vector<std::string>;

inline World::Options quick(Words more = {}) {
  World::Options options;
  options.webhook = false;
  options.simulator = {"--transition", "200ms"};
  options.simulator.insert(options.simulator.end(), more.begin(), more.end());
  return options;
}

struct Cloud {
  explicit Cloud(const Words& more = {}) : world(quick(more)) {}

  Finished ctl(Words words) const { return world.ctl(std::move(words)); }
  Json json(Words words) const {
    words.insert(words.end(), {"--output", "json"});
    const auto done = ctl(words);
    INFO(done.err);
    REQUIRE(done.exit == 0);
    auto parsed = Json::parse(done.out, nullptr, false);
    REQUIRE(!parsed.is_discarded());
    return parsed;
  }
  Words launch(const Words& more) const {
    Words words{"instance", "run",          "--image", "debian_12_10_x64_20G_alibase_20250630.vhd",
                "--type",   "ecs.g7.large", "--zone",  "cn-hangzhou-i"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  World world;
};

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace preemptd::e2e
