#pragma once
#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace preemptd::ecs::testing {

/// A file of tests/data, parsed.
inline nlohmann::json data_file(const std::string& name) {
  std::ifstream file(std::string(PREEMPTD_TEST_DATA) + "/" + name);
  auto json = nlohmann::json::parse(file, nullptr, false);
  REQUIRE_MESSAGE(!json.is_discarded(), name);
  return json;
}

}  // namespace preemptd::ecs::testing
