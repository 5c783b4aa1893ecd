#include "ecs/base/json_value.h"

#include <doctest/doctest.h>

#include <vector>

using namespace preemptd;
using ecs::JsonDocument;

namespace {

std::size_t count_of(const char* text) {
  std::size_t count = 0;
  auto document = JsonDocument::parse(text);
  REQUIRE(document.has_value());
  document->root().at("L").each([&](const auto&) { ++count; });
  return count;
}

}  // namespace

TEST_CASE("ecs: a list is read however it is wrapped") {
  CHECK(count_of(R"({"L":{"Item":[1,2]}})") == 2);
  CHECK(count_of(R"({"L":[1,2,3]})") == 3);
  for (const char* none :
       {R"({"L":{"Item":[]}})", R"({"L":{}})", R"({"L":""})", R"({"L":null})", R"({})", R"({"L":7})"}) {
    CAPTURE(none);
    CHECK(count_of(none) == 0);
  }
}

TEST_CASE("ecs: numbers and booleans may come as strings, and null is nothing") {
  const auto document =
      JsonDocument::parse(R"({"a":"42","b":42,"c":"true","d":false,"e":null,"f":"x","g":0.5,"h":"0.5"})");
  const auto root = document->root();
  CHECK(root.at("a").integer() == 42);
  CHECK(root.at("b").integer() == 42);
  CHECK(root.at("b").number() == 42.0);
  CHECK(root.at("c").boolean() == true);
  CHECK(root.at("d").boolean() == false);
  CHECK_FALSE(root.at("e").exists());
  CHECK_FALSE(root.at("f").integer().has_value());
  CHECK(root.at("g").number() == 0.5);
  CHECK(root.at("h").number() == 0.5);
  CHECK(root.at("b").text_or_empty() == "42");
  CHECK(root.at("d").text_or_empty() == "false");
  CHECK(root.at("missing").at("deeper").text_or_empty().empty());
}

TEST_CASE("ecs: a whole number may come with a point, a boolean as 1 or 0, and nothing is rounded") {
  const auto document = JsonDocument::parse(R"({"a":4.0,"b":4.5,"c":1,"d":0,"e":2,"f":1e300,"g":"4.0"})");
  const auto root = document->root();
  CHECK(root.at("a").integer() == 4);
  for (const char* name : {"b", "f", "g"}) CHECK_FALSE(root.at(name).integer().has_value());
  CHECK(root.at("c").boolean() == true);
  CHECK(root.at("d").boolean() == false);
  CHECK_FALSE(root.at("e").boolean().has_value());
}

TEST_CASE("ecs: a text cut short anywhere is refused and given back") {
  const std::string whole = R"({"A":{"B":[1,{"C":"d"}]},"E":"f"})";
  CHECK(JsonDocument::parse(std::string(whole)).has_value());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    std::string cut = whole.substr(0, length);
    CHECK_FALSE(JsonDocument::parse(std::move(cut)).has_value());
    CHECK(cut == whole.substr(0, length));
  }
}

TEST_CASE("ecs: members are visited in order") {
  const auto document = JsonDocument::parse(R"({"b":1,"a":2})");
  std::vector<std::string> names;
  document->root().each_member([&](std::string_view name, const auto&) { names.emplace_back(name); });
  CHECK(names == std::vector<std::string>{"b", "a"});
}

TEST_CASE("ecs: a value that cannot be read costs that value, not the answer") {
  for (const char* name : {R"("cut\ud83d")", "\"\xFF\"", "123456789012345678901234567890", "-9223372036854775809",
                           "1e400", "\"tab\tand\nline\""}) {
    CAPTURE(name);
    auto json = ecs::JsonDocument::parse(std::string(R"({"InstanceName":)") + name +
                                         R"(,"OperationLocks":{"LockReason":[{"LockReason":"Recycling"}]}})");
    REQUIRE(json.has_value());
    std::string reasons;
    json->root().at("OperationLocks").each([&](const ecs::JsonValue& lock) {
      reasons += lock.at("LockReason").text_or_empty();
    });
    CHECK(reasons == "Recycling");
    CHECK_FALSE(json->root().at("InstanceName").integer().has_value());
  }
}
