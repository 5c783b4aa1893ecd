#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/duration.h"
#include "drain/hooks/hook_options.h"
#include "drain/plan/forecast.h"
#include "fakes/drain_values.h"

using namespace preemptd;
using core::Deadline;
using core::Millis;
using core::Seconds;
using fakes::kNow;

namespace {

const std::filesystem::path kTop = std::filesystem::path(PREEMPTD_TEST_DATA).parent_path().parent_path();
constexpr const char* kGolden = "tests/unit/drain/plan/golden/";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The ready-made hooks as `hooks enable` links them in, with what their headers say.
std::vector<drain::HookSpec> ready_made() {
  std::vector<drain::HookSpec> hooks;
  for (const char* name : {"wall", "load-balancer", "checkpoint", "kubernetes", "systemd-units", "log-flush"}) {
    const auto header = drain::parse_header(text_of(kTop / "hooks" / name));
    REQUIRE(header.stage);
    std::vector<std::string> mistakes;
    drain::HookSpec spec;
    spec.stage = *header.stage;
    spec.name = (spec.stage < 10 ? "0" : "") + std::to_string(spec.stage) + "-" + name;
    spec.options = drain::merge_options({}, header.settings, {}, mistakes);
    hooks.push_back(std::move(spec));
  }
  return hooks;
}

std::string seconds(Millis value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f s", static_cast<double>(value.count()) / 1000);
  return text.data();
}
std::string seconds(core::BootTime at) {
  return seconds(std::chrono::floor<Millis>(at - kNow));
}

template <typename... Texts>
std::string row(const Texts&... texts) {
  std::array<char, 160> line{};
  std::snprintf(line.data(), line.size(), "%-18s %-10s %8s %9s %9s %9s   %s", texts...);
  std::string text = line.data();
  return text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
}

std::string plan_text(Seconds window) {
  const auto hooks = ready_made();
  const auto plan = drain::plan(hooks, {}, Deadline::after(kNow, window), kNow);
  const auto forecast = drain::foresee(hooks, {}, window);
  std::string text = "The ready-made hooks in a window of " + std::to_string(window.count()) +
                     " s, when each takes all it may.\n" +
                     "The last column: what becomes of it when each takes what it is likely to need.\n\n" +
                     row("hook", "importance", "asks", "starts", "stop by", "kill by", "likely");
  for (std::size_t i = 0; i < hooks.size(); ++i) {
    const auto& one = plan.hooks[i];
    const auto& likely = forecast.hooks[i];
    const std::string fate =
        std::string(drain::name_of(likely.fate)) +
        (likely.fate == drain::Fate::shortened ? ", " + seconds(likely.gets) + " of " + seconds(likely.needs) : "");
    text += row(one.hook.name.c_str(), std::string(drain::name_of(one.hook.options.importance)).c_str(),
                seconds(one.asks).c_str(), one.starts ? seconds(one.start_by).c_str() : "never",
                one.starts ? seconds(one.stop_by).c_str() : "", one.starts ? seconds(one.kill_by).c_str() : "",
                fate.c_str());
  }
  return text + "\nlast report: from " + seconds(plan.window.hooks_end.at()) + "\n" + drain::verdict(plan) + "\n";
}

}  // namespace

TEST_CASE("golden: the plans of the ready-made hooks are the ones that a person has read") {
  for (const int window : {300, 120, 60, 30, 10}) {
    const std::string name = "ready-made-" + std::to_string(window) + "s.txt", made = plan_text(Seconds(window));
    const auto wanted = std::filesystem::current_path() / name;
    const std::string known = text_of(kTop / kGolden / name);
    if (known != made) std::ofstream(wanted, std::ios::binary) << made;
    INFO("read it, then take it over: cp " << wanted.string() << " " << kGolden);
    CHECK_MESSAGE(known == made, name);
  }
}

TEST_CASE("forecast: what is likely to fit is complete, what cannot be helped is lost or shortened") {
  const auto hooks = std::vector{fakes::hook("10-a", Seconds(20)), fakes::hook("20-b", Seconds(20))};
  const auto fates = [&](Millis window) {
    std::string text;
    for (const auto& hook : drain::foresee(hooks, {}, window).hooks)
      text += std::string(text.empty() ? "" : ", ") + std::string(drain::name_of(hook.fate));
    return text;
  };
  CHECK(fates(Seconds(300)) == "complete, complete");
  CHECK(fates(Seconds(20)) == "shortened, shortened");
  CHECK(fates(Millis(10)) == "lost, lost");
}

TEST_CASE("forecast: what is left out at its turn and has time at the end is foreseen as a second turn") {
  auto critical = fakes::hook("20-b", Seconds(60));
  critical.options.importance = drain::Importance::critical;
  critical.predicted = Seconds(40);  // with the margin for a bad day all there is
  const auto forecast = drain::foresee({fakes::hook("10-a", Seconds(5)), critical}, {}, Seconds(61));
  CHECK(forecast.hooks[0].fate == drain::Fate::second_turn);
  CHECK(forecast.hooks[1].fate == drain::Fate::complete);
  CHECK(forecast.over_after == Seconds(45));
}
