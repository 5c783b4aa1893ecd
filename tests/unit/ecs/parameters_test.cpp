#include "ecs/parameters.h"

#include <set>

#include "unit/ecs/vectors.h"

using namespace preemptd;
using ecs::testing::data_file;

TEST_CASE("ecs: structured parameters flatten exactly as the official SDK sends them") {
  const auto file = data_file("vectors/wire-params.json");
  REQUIRE(file["calls"].size() == 77);
  for (const auto& call : file["calls"]) {
    CAPTURE(call["case"].get<std::string>());
    std::set<std::string> as_text;
    if (call.contains("json_style")) as_text = call["json_style"].get<std::set<std::string>>();
    ecs::Parameters flat;
    for (const auto& [name, value] : call["input"].items()) {
      if (as_text.contains(name)) {
        flat[name] = core::dump_json(value);
      } else {
        ecs::flatten(flat, name, value);
      }
    }
    CHECK(flat == call["wire"].get<ecs::Parameters>());
  }
}

TEST_CASE("ecs: numbers are written as JavaScript writes them") {
  struct Row {
    double value;
    const char* text;
  };
  for (const auto& row : {Row{0.08, "0.08"}, Row{1.2345, "1.2345"}, Row{4.0, "4"}, Row{100.0, "100"}, Row{0.0, "0"},
                          Row{-2.5, "-2.5"}, Row{1e-6, "0.000001"}, Row{1e-7, "1e-7"}, Row{1.5e-10, "1.5e-10"},
                          Row{1e20, "100000000000000000000"}, Row{1e21, "1e+21"}}) {
    ecs::Parameters flat;
    ecs::flatten(flat, "N", core::Json(row.value));
    CHECK(flat["N"] == row.text);
  }
}

TEST_CASE("ecs: nothing is sent for null and empty containers, but a null element keeps its number") {
  ecs::Parameters flat;
  ecs::flatten(flat, "", core::Json::parse(R"({"A":null,"B":[],"C":{},"D":"","E":["x",null,"z"],"F":{"G":[{"H":true}]}})"));
  CHECK(flat == ecs::Parameters{{"D", ""}, {"E.1", "x"}, {"E.3", "z"}, {"F.G.1.H", "true"}});
}

TEST_CASE("ecs: parameters are in byte order of their names") {
  CHECK(ecs::canonical_query({{"Tag.2.Key", "b"}, {"Tag.10.Key", "a"}, {"a", ""}, {"Z", " "}}) ==
        "Tag.10.Key=a&Tag.2.Key=b&Z=%20&a=");
}
