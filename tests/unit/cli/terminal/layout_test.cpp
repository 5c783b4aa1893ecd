#include "cli/terminal/layout.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include "cli/terminal/yaml.h"

using namespace preemptd;
using namespace preemptd::cli;

namespace {

std::string unpainted(Tone, std::string_view text) {
  return std::string(text);
}

Table two_columns() {
  return {{{"NAME", Align::left, true}, {"SIZE", Align::right}}, {{"a long name indeed", "7"}, {"b", "1234"}}, ""};
}

}  // namespace

TEST_CASE("layout: columns line up and no line ends in blanks") {
  CHECK(aligned(two_columns(), 0, unpainted) ==
        "NAME                SIZE\n"
        "a long name indeed     7\n"
        "b                   1234\n");
}

TEST_CASE("layout: a narrow terminal wraps at blanks only columns that may shrink") {
  const auto text = aligned(two_columns(), 16, unpainted);
  CHECK(text ==
        "NAME        SIZE\n"
        "a long         7\n"
        "name\n"
        "indeed\n"
        "b           1234\n");
}

TEST_CASE("layout: a terminal too narrow for a word still shows the word whole") {
  const auto text = aligned(two_columns(), 3, unpainted);
  CHECK(text.find("indeed\n") != std::string::npos);
}

TEST_CASE("layout: a table fits 80 columns: empty columns go first, then by importance, and the last line names them") {
  const Table table{{{"ID"}, {"NOTHING"}, {"ZONE", Align::left, false, 2}, {"TYPE", Align::left, false, 1}, {"WHY"}},
                    {{"i-0123456789", "", "cn-hangzhou-i", "ecs.g7.large", "a reason of several words"},
                     {"i-1", "", "z", "t", "short"}},
                    ""};
  const auto widest = [](const std::string& text) {
    std::size_t most = 0, begin = 0;
    for (auto end = text.find('\n'); end != text.npos; begin = end + 1, end = text.find('\n', begin))
      most = std::max(most, end - begin);
    return most;
  };
  CHECK(aligned(table, 0, unpainted).find("NOTHING") != std::string::npos);
  const auto without_empty = aligned(table, 54, unpainted);
  CHECK(without_empty.find("NOTHING") == std::string::npos);
  CHECK(without_empty.find("ZONE") != std::string::npos);
  CHECK(without_empty.find("left out") == std::string::npos);
  CHECK(widest(without_empty) <= 54);
  const auto narrow = aligned(table, 40, unpainted);
  CHECK(narrow.find("cn-hangzhou-i") == std::string::npos);
  CHECK(narrow.find("ecs.g7.large") != std::string::npos);
  CHECK(narrow.find("columns left out: ZONE (-o json") != std::string::npos);
  CHECK(widest(narrow) <= 40);
}

TEST_CASE("layout: a column left out before a wider one comes back where it fits") {
  const Table table{{{"IMAGE"}, {"A-LONG-NAME"}, {"STATUS"}, {"WHEN"}},
                    {{"debian.vhd", "a-word-of-thirty-characters-000", "Available", "2026-01-02"}},
                    ""};
  const auto text = aligned(table, 34, unpainted);
  CHECK(text.find("columns left out: A-LONG-NAME (") != std::string::npos);
  CHECK(text.find("Available") != std::string::npos);
}

TEST_CASE("layout: a list of facts wraps its last column under itself") {
  const Table facts{{{""}, {""}}, {{"verdict", "one two three four"}}, "", false};
  CHECK(aligned(facts, 20, unpainted) == "verdict  one two\n         three four\n");
}

TEST_CASE("layout: colours do not move columns") {
  auto table = two_columns();
  table.rows[0][0].tone = Tone::good;
  const auto text = aligned(table, 0, [](Tone tone, std::string_view word) {
    return tone == Tone::good ? "<" + std::string(word) + ">" : std::string(word);
  });
  CHECK(text.find("<a long name indeed>     7\n") != std::string::npos);
}

TEST_CASE("layout: text format keeps one row a line whatever a cell holds") {
  CHECK(tab_separated({{{"A"}, {"B"}}, {{"x\ty", "1\n2"}}, ""}) == "x y\t1 2\n");
}

TEST_CASE("layout: width counts columns, not bytes") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("节点") == 4);
  CHECK(display_width("e\xCC\x81") == 1);
  CHECK(clipped("节点回收", 5) == "节点…");
  CHECK(clipped("abc", 3) == "abc");
  CHECK(display_width("\xE8") == 1);
}

TEST_CASE("layout: a JSON Pointer finds members and elements or nothing") {
  const Json document = Json::parse(R"({"a/b":{"~c":[10,{"d":null}]}})");
  struct Row {
    std::string pointer;
    std::string found;
  };
  const std::vector<Row> rows{{"", document.dump()},
                              {"/a~1b/~0c/0", "10"},
                              {"/a~1b/~0c/1/d", "null"},
                              {"/a~1b/~0c/2", ""},
                              {"/a~1b/~0c/-", ""},
                              {"/a~1b/~0c/0/x", ""},
                              {"/x", ""}};
  for (const auto& row : rows) {
    CAPTURE(row.pointer);
    const auto path = parse_pointer(row.pointer);
    REQUIRE(path.has_value());
    const Json* found = find_in(document, *path);
    CHECK((found == nullptr ? "" : found->dump()) == row.found);
  }
  CHECK_FALSE(parse_pointer("/a~2").has_value());
  CHECK_FALSE(parse_pointer("a").has_value());
}

TEST_CASE("layout: spoken durations say as much as a person wants") {
  const std::vector<std::pair<std::int64_t, std::string>> rows{
      {0, "0 ms"},        {999, "999 ms"},          {1400, "1.4 s"},         {61'000, "61 s"}, {150'000, "2 min 30 s"},
      {180'000, "3 min"}, {7'260'000, "2 h 1 min"}, {200'000'000, "2 days"}, {-1500, "-1.5 s"}};
  for (const auto& [millis, text] : rows) CHECK(spoken(millis) == text);
}

TEST_CASE("layout: csv quotes what needs it, and has titles where the columns have them") {
  const Table table{{{"A"}, {"B"}}, {{"x", "1,2"}, {"say \"hi\"", "two\nlines"}}, "", true};
  CHECK(comma_separated(table) == "A,B\r\nx,\"1,2\"\r\n\"say \"\"hi\"\"\",\"two\nlines\"\r\n");
  CHECK(comma_separated({{{""}}, {{"x"}}, "", false}) == "x\r\n");
}

TEST_CASE("layout: YAML says nothing that a reader could take for something else") {
  const Json document{{"a", "plain-1"},
                      {"b", {"yes", "1.5", "", "x: y", nullptr, 3}},
                      {"c", Json::array()},
                      {"d", {{{"e", 1}, {"f", {"g"}}}}}};
  CHECK(yaml_text(document) ==
        "a: plain-1\nb:\n  - \"yes\"\n  - \"1.5\"\n  - \"\"\n  - \"x: y\"\n  - null\n  - 3\nc: []\nd:\n  - e: 1\n"
        "    f:\n      - g\n");
  CHECK(yaml_text("on") == "\"on\"\n");
}

TEST_CASE("layout: what is picked for a shell has no quotes, a line for each item") {
  CHECK(bare_text("a b") == "a b\n");
  CHECK(bare_text(Json{"a", 1, {{"x", 1}}}) == "a\n1\n{\"x\":1}\n");
}
