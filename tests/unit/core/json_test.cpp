#include "core/json.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace preemptd::core;

TEST_CASE("core: JSON cut short, empty or too deep is a bad reply, never an exception") {
  for (const std::string& text :
       {std::string(""), std::string("{\"a\":"), std::string("<html>"), std::string(100'000, '[')}) {
    const auto value = parse_json(text);
    REQUIRE_FALSE(value.has_value());
    CHECK(value.error().code == ErrorCode::bad_reply);
  }
  CHECK(parse_json("{\"brackets in text\": \"" + std::string(100, '[') + "\"}").has_value());
}

TEST_CASE("core: members of the wrong type are as good as missing") {
  const Json object = *parse_json(R"({"text":"x","number":3,"real":1.5,"flag":true,"null":null})");
  CHECK(string_at(object, "text") == "x");
  CHECK(integer_at(object, "number") == 3);
  CHECK(number_at(object, "number") == 3.0);
  CHECK(bool_at(object, "flag") == true);
  CHECK_FALSE(string_at(object, "number").has_value());
  CHECK_FALSE(integer_at(object, "real").has_value());
  CHECK_FALSE(bool_at(object, "missing").has_value());
  CHECK(member_at(object, "null").is_null());
  CHECK(member_at(Json::array(), "x").is_null());
}

TEST_CASE("core: bytes that are no UTF-8 do not keep a value from being written") {
  CHECK(dump_json(Json{{"output", "a\xff"}}) == "{\"output\":\"a\xEF\xBF\xBD\"}");
}
