#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "drain/hooks/contract.h"
#include "drain/hooks/hook.h"
#include "drain/hooks/hook_options.h"
#include "fakes/drain_values.h"

using namespace preemptd;

namespace {

constexpr const char* kPages[] = {"docs/reference/hook-contract.md", "docs/hooks/writing.md",
                                  "docs/man/preemptd-hooks.7.md"};

std::string text_of(const std::string& page) {
  std::ifstream file(std::string(PREEMPTD_TEST_DATA) + "/../../" + page);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The names of variables that a text speaks of.
std::set<std::string> variables_in(const std::string& text) {
  std::set<std::string> names;
  for (auto at = text.find("PREEMPT_"); at != std::string::npos; at = text.find("PREEMPT_", at + 1)) {
    const auto end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", at);
    names.insert(text.substr(at, end - at));
  }
  return names;
}

std::set<std::string> variables_given() {
  const core::Notice notice = fakes::notice();
  const drain::Account account;
  std::set<std::string> names;
  for (const auto& entry :
       drain::environment_of({notice, drain::HookEvent::drain, "20-app", 1, {}, {}, {}, "/state", account})) {
    const auto name = entry.substr(0, entry.find('='));
    if (name.starts_with("PREEMPT_")) names.insert(name);
  }
  return names;
}

}  // namespace

TEST_CASE("contract: each page on hooks names the variables a hook gets, and no other") {
  for (const std::string page : kPages) {
    CAPTURE(page);
    CHECK(variables_in(text_of(page)) == variables_given());
  }
}

TEST_CASE("contract: the reference pages name every outcome and cause") {
  using enum drain::Ending;
  using enum drain::Cause;
  for (const std::string page : {"docs/reference/hook-contract.md", "docs/man/preemptd-hooks.7.md"}) {
    CAPTURE(page);
    const auto text = text_of(page);
    for (const auto ending : {ok, skipped, failed, signalled, ran_out_of_time, not_started, unkillable})
      CHECK(text.find(drain::name_of(ending)) != std::string::npos);
    for (const auto cause : {unsafe, unrunnable, gone, no_time, withdrawn})
      CHECK(text.find(drain::name_of(cause)) != std::string::npos);
  }
}

TEST_CASE("contract: the header line on each page is one that is understood in full") {
  for (const std::string page : kPages) {
    CAPTURE(page);
    const auto text = text_of(page);
    const auto at = text.find("# preemptd: ");
    REQUIRE(at != std::string::npos);
    CHECK(drain::parse_header(text.substr(at, text.find('\n', at) - at)).mistakes.empty());
  }
}
