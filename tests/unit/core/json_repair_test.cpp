#include "core/json_repair.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/json.h"

using namespace preemptd;

TEST_CASE("core: readable JSON is left as it is") {
  for (const char* text :
       {R"({"a":[1,-2.5,1e3,1E+3,0,18446744073709551615,true,null],"b":"\ud83d\ude00 \\ \" \u0041"})", "",
        "<html>007</html>", R"({"a":"cut)"}) {
    CAPTURE(text);
    CHECK((!core::repair_json(text) || !core::parse_json(text)));
  }
  CHECK_FALSE(core::repair_json(R"({"a":[1,-2.5,1e3,1E+3,0],"b":"\ud83d\ude00 \\ \" \u0041"})").has_value());
}

TEST_CASE("core: one unreadable value costs that value alone") {
  struct Row {
    std::string text;
    std::string a;
  };
  for (const auto& [text, a] :
       {Row{R"({"a":"cut\ud83d","b":1})", "cut\xEF\xBF\xBD"}, Row{R"({"a":"\ude00x","b":1})", "\xEF\xBF\xBDx"},
        Row{R"({"a":"\ud83d\u0041","b":1})",
            "\xEF\xBF\xBD"
            "A"},
        Row{"{\"a\":\"\xC3(\",\"b\":1}", "\xEF\xBF\xBD("}, Row{"{\"a\":\"x\ny\",\"b\":1}", "x\ny"},
        Row{R"({"a":"\q","b":1})", "\xEF\xBF\xBDq"},
        Row{R"({"a":"\u12","b":1})",
            "\xEF\xBF\xBD"
            "12"},
        Row{R"({"a":1e999,"b":1})", "1e999"}, Row{R"({"a":NaN,"b":1})", "NaN"}, Row{R"({"a":007,"b":1})", "007"}}) {
    CAPTURE(text);
    const auto json = core::parse_json_answer(text);
    REQUIRE(json.has_value());
    CHECK(core::string_at(*json, "a").value_or("") == a);
    CHECK(core::integer_at(*json, "b") == 1);
  }
}

TEST_CASE("core: a text that is no JSON for another reason stays none") {
  for (const char* text : {R"({"a":"\ud83d","b":)", "oops", "<html>", R"({"a":"\ud83d)"}) {
    CAPTURE(text);
    CHECK_FALSE(core::parse_json_answer(text).has_value());
  }
}
