#include "ecs/base/parameters.h"

#include <set>

#include "ecs/catalogue/encode_request.h"
#include "unit/ecs/vectors.h"

using namespace preemptd;
using ecs::testing::data_file_in_order;

namespace {

ecs::Product product_of_version(const std::string& version) {
  for (const auto& each : {ecs::kEcs, ecs::kVpc, ecs::kSts}) {
    if (each.version == version) return each;
  }
  return {"unknown", "0"};
}

/// The call's own word on which members travel as one JSON text agrees with the catalogue's.
void check_styles(const ecs::catalogue::Action& action, const nlohmann::ordered_json& call) {
  const auto marked = call.value("json_style", std::set<std::string>());
  for (const auto& [name, value] : call["input"].items()) {
    const auto* known = ecs::catalogue::find_parameter(action, name);
    CAPTURE(name);
    if (known != nullptr) CHECK((known->style == ecs::catalogue::Style::json) == marked.contains(name));
  }
}

}  // namespace

TEST_CASE("ecs: structured parameters are laid out exactly as the official SDK sends them") {
  int count = 0;
  for (const char* name : {"vectors/wire-params.json", "wire-params-more.json"}) {
    const auto file = data_file_in_order(name);
    for (const auto& call : file["calls"]) {
      CAPTURE(call["case"].get<std::string>());
      const auto action =
          ecs::catalogue::find_action(product_of_version(call["version"]), call["action"].get<std::string>());
      REQUIRE(action.has_value());
      check_styles(*action, call);
      ecs::Parameters laid;
      ecs::catalogue::encode_request(laid, *action, call["input"]);
      CHECK(laid == call["wire"].get<ecs::Parameters>());
      ++count;
    }
  }
  CHECK(count >= 77 + 12);
}

TEST_CASE("ecs: what the catalogue does not know is laid flat") {
  ecs::Parameters laid;
  ecs::catalogue::encode_request(laid, {"New", {}},
                                 core::Json::parse(R"({"A":{"B":[1,null,{"C":true}]},"D":null,"E":{}})"));
  CHECK(laid == ecs::Parameters{{"A.B.1", "1"}, {"A.B.3.C", "true"}});
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
  ecs::flatten(flat, "",
               core::Json::parse(R"({"A":null,"B":[],"C":{},"D":"","E":["x",null,"z"],"F":{"G":[{"H":true}]}})"));
  CHECK(flat == ecs::Parameters{{"D", ""}, {"E.1", "x"}, {"E.3", "z"}, {"F.G.1.H", "true"}});
}

TEST_CASE("ecs: parameters are in byte order of their names") {
  CHECK(ecs::canonical_query({{"Tag.2.Key", "b"}, {"Tag.10.Key", "a"}, {"a", ""}, {"Z", " "}}) ==
        "Tag.10.Key=a&Tag.2.Key=b&Z=%20&a=");
}
