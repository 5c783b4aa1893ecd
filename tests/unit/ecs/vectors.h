#pragma once
#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace preemptd::ecs::testing {

template <typename AnyJson>
AnyJson parsed_file(const std::string& name) {
  std::ifstream file(std::string(PREEMPTD_TEST_DATA) + "/" + name);
  auto json = AnyJson::parse(file, nullptr, false);
  REQUIRE_MESSAGE(!json.is_discarded(), name);
  return json;
}

/// A file of tests/data, parsed.
inline nlohmann::json data_file(const std::string& name) {
  return parsed_file<nlohmann::json>(name);
}
/// The same, its members in the order they are written in.
inline nlohmann::ordered_json data_file_in_order(const std::string& name) {
  return parsed_file<nlohmann::ordered_json>(name);
}

}  // namespace preemptd::ecs::testing
