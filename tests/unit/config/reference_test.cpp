#include "unit/config/reference.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/keys.h"
#include "config/load.h"
#include "fakes/temp_folder.h"

using namespace preemptd;
using namespace preemptd::config;

namespace {

const std::filesystem::path kTop = std::filesystem::path(PREEMPTD_TEST_DATA).parent_path().parent_path();

std::string text_of(const std::string& path) {
  std::ifstream file(kTop / path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Leaves what the page should be beside the test, so that mending it is one copy.
void check_page(const std::string& path, const std::string& expected) {
  const std::string found = text_of(path);
  const auto wanted = std::filesystem::current_path() / std::filesystem::path(path).filename();
  if (found != expected) std::ofstream(wanted, std::ios::binary) << expected;
  INFO("take over the change: cp " << wanted.string() << " " << path);
  CHECK_MESSAGE(found == expected, path);
}

/// The sample with its settings switched on.
std::string uncommented(const std::string& sample) {
  std::istringstream lines(sample);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    const bool setting = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    out += (setting ? line.substr(1) : line) + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("configuration: the sample is what the table of keys says") {
  check_page("packaging/preemptd.toml", sample_text());
}

TEST_CASE("configuration: docs/reference/configuration.md lists every key as the table does") {
  const auto page = text_of("docs/reference/configuration.md");
  REQUIRE(page.find(kMarkerBegin) != std::string::npos);
  check_page("docs/reference/configuration.md", with_generated_part(page, reference_markdown()));
}

TEST_CASE("configuration: the manual page lists every key as the table does") {
  const auto page = text_of("docs/man/preemptd.toml.5.md");
  REQUIRE(page.find(kMarkerBegin) != std::string::npos);
  check_page("docs/man/preemptd.toml.5.md", with_generated_part(page, manual_markdown()));
}

TEST_CASE("configuration: the sample as shipped changes nothing") {
  fakes::TempFolder folder;
  const auto loaded = load({folder.write("preemptd.toml", sample_text()), {}, {}});
  REQUIRE(loaded);
  CHECK(loaded->origins.empty());
}

TEST_CASE("configuration: every line of the sample is right when it is switched on") {
  fakes::TempFolder folder;
  const auto loaded = load_leniently({folder.write("preemptd.toml", uncommented(sample_text())), {}, {}});
  for (const auto& problem : loaded.problems) {
    // The one section shows the keys of all types of sinks, so what means nothing for a webhook is told, and nothing
    // else.
    CAPTURE(core::describe(problem));
    const bool by_design = problem.what.find("means nothing for type webhook") != std::string::npos ||
                           problem.what.find("has both 'url' and 'url_file'") != std::string::npos;
    CHECK(by_design);
  }
  std::size_t shown = 0;
  for (const Key& key : keys()) shown += key.section != "rehearsal";
  CHECK(loaded.origins.size() == shown);
}

TEST_CASE("configuration: every key has a help line, and no two share a name") {
  for (const Key& key : keys()) {
    CAPTURE(key.name);
    CHECK(key.help.ends_with('.'));
    CHECK(find_key(key.section, key.name) == &key);
    CHECK_FALSE(section_help(key.section).empty());
  }
}
