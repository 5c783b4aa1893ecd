#include "drain/plan/triage.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>
#include <string>

#include "drain/plan/plan.h"
#include "fakes/drain_values.h"

using namespace preemptd;
using core::Deadline;
using core::Millis;
using core::Seconds;
using drain::HookSpec;
using drain::Importance;
using drain::Round;
using fakes::hook;
using fakes::kNow;

namespace {

using Hooks = std::vector<HookSpec>;
using Shares = std::vector<Millis>;
/// Shares of hooks that run one after the other, as drain::share_out gives them.
using Planner = std::function<Shares(const Hooks&, Millis)>;

Shares shares(const Hooks& hooks, Millis available) {
  std::vector<Round> rounds;
  for (const auto& one : hooks) rounds.push_back({{&one}});
  return drain::share_out(rounds, available, 1);
}

HookSpec important(HookSpec spec, Importance importance) {
  spec.options.importance = importance;
  return spec;
}
HookSpec learned(HookSpec spec, Millis lately) {
  spec.predicted = lately;
  return spec;
}

/// What it is likely to need, with its grace unless it is the last.
Millis need(const Hooks& hooks, std::size_t i) {
  const HookSpec& spec = hooks[i];
  const Millis runs = drain::likely_need(spec, 1);
  const bool share = !spec.predicted && !spec.options.reserve;
  return share || i + 1 == hooks.size() ? runs : runs + std::min(spec.options.grace, runs);
}
bool asks(const HookSpec& spec) {
  return spec.predicted || spec.options.reserve || spec.options.timeout;
}

}  // namespace

TEST_CASE("triage: with enough time everybody has its reserve and grace, or its small share") {
  CHECK(shares({hook("10-a", Seconds(20)), hook("20-b"), hook("30-c", Seconds(30))}, Seconds(300)) ==
        Shares{Seconds(25), Seconds(10), Seconds(30)});
}

TEST_CASE("triage: a short window is shared evenly by equals, small demands in full first") {
  CHECK(shares({hook("10-a", Seconds(100)), hook("20-b", Seconds(2)), hook("30-c", Seconds(100))}, Seconds(44)) ==
        Shares{Seconds(20), Seconds(4), Seconds(20)});
}

TEST_CASE("triage: the less important shrink first") {
  const Hooks hooks{important(hook("10-a", Seconds(20)), Importance::low), hook("20-b", Seconds(20)),
                    important(hook("30-c", Seconds(60)), Importance::critical)};
  CHECK(shares(hooks, Seconds(100)) == Shares{Seconds(15), Seconds(25), Seconds(60)});
  CHECK(shares(hooks, Seconds(70)) == Shares{Seconds(0), Seconds(10), Seconds(60)});
  CHECK(shares(hooks, Seconds(50)) == Shares{Seconds(0), Seconds(0), Seconds(50)});
}

TEST_CASE("triage: what hooks took lately goes before what they reserve") {
  const Hooks hooks{learned(hook("10-a", Seconds(60)), Seconds(4)), hook("20-b", Seconds(60))};
  CHECK(shares(hooks, Seconds(50)) == Shares{Seconds(11), Seconds(39)});  // 4 s, a quarter, a second, and the grace
  CHECK(shares(hooks, Seconds(100)) == Shares{Seconds(40), Seconds(60)});
}

TEST_CASE("triage: a hook that took longer lately than it reserves is kept that much") {
  CHECK(shares({hook("10-a"), learned(hook("20-b", Seconds(20)), Seconds(40))}, Seconds(200))[1] == Seconds(51));
}

TEST_CASE("triage: no hook gets nothing while an equally important one holds more than it is likely to need") {
  const Hooks hooks{hook("10-stop", {}, Seconds(10)), hook("20-a", Seconds(20), Seconds(60)),
                    learned(hook("30-b", Seconds(20), Seconds(60)), Millis(30))};
  const auto given = shares(hooks, Millis(22'500));
  CHECK(given[0] == Seconds(10));
  CHECK(given[1] > Seconds(11));
  CHECK(given[2] >= Seconds(1));
}

TEST_CASE("triage: a hook without limit or experience yields to what equals reserve, and to nobody less important") {
  CHECK(shares({hook("10-a"), hook("20-b", Seconds(100))}, Seconds(90)) == Shares{Seconds(0), Seconds(90)});
  const Hooks hooks{hook("10-a"), important(hook("20-b", Seconds(100)), Importance::low)};
  CHECK(shares(hooks, Seconds(90)) == Shares{Seconds(10), Seconds(80)});
}

TEST_CASE("triage: who was cut off gets another turn of what is left when everybody else has what is kept for it") {
  const HookSpec cut = hook("10-a", Seconds(20)), next = hook("20-b", Seconds(30));
  const std::vector<Round> rounds{{{&next}}, {{&cut, true, Seconds(40)}}};
  CHECK(drain::share_out(rounds, Seconds(30), 1) == Shares{Seconds(30), Seconds(0)});
  CHECK(drain::share_out(rounds, Seconds(60), 1) == Shares{Seconds(35), Seconds(25)});
  CHECK(drain::share_out(rounds, Seconds(200), 1) == Shares{Seconds(35), Seconds(40)});
}

TEST_CASE("triage: who was left out counts as before") {
  const HookSpec left_out = hook("10-a", Seconds(20)), next = hook("20-b", Seconds(20));
  const std::vector<Round> rounds{{{&next}}, {{&left_out, true}}};
  CHECK(drain::share_out(rounds, Seconds(30), 1) == Shares{Seconds(15), Seconds(15)});
}

TEST_CASE("triage: of hooks side by side the longest counts, for each importance by itself") {
  const HookSpec a = important(hook("10-a", Seconds(60)), Importance::low);
  const HookSpec b = important(hook("10-b", Seconds(10)), Importance::critical), c = hook("20-c", Seconds(30));
  const std::vector<Round> rounds{{{&a}, {&b}}, {{&c}}};
  CHECK(drain::share_out(rounds, Seconds(50), 1) == Shares{Seconds(20), Seconds(30)});
}

// Laws over random plans.

namespace {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : generator_(seed) {}
  bool percent(int chance) { return between(1, 100) <= chance; }
  int between(int least, int most) { return std::uniform_int_distribution<int>(least, most)(generator_); }

 private:
  std::mt19937_64 generator_;
};

Hooks draw_hooks(Draw& draw) {
  Hooks hooks;
  for (int i = draw.between(1, 12); i > 0; --i) {
    HookSpec spec = hook(std::to_string(10 + static_cast<int>(hooks.size())) + "-x");
    if (draw.percent(50)) spec.options.reserve = Millis(draw.between(1, 90'000));
    if (draw.percent(50)) spec.options.timeout = Millis(draw.between(100, 200'000));
    if (spec.options.timeout && spec.options.reserve)
      spec.options.reserve = std::min(spec.options.reserve, spec.options.timeout);
    if (draw.percent(40)) spec.predicted = Millis(draw.between(0, draw.percent(50) ? 3000 : 90'000));
    if (draw.percent(30)) spec.options.grace = Millis(draw.between(0, 20'000));
    spec.options.importance = draw.percent(50)   ? Importance::normal
                              : draw.percent(50) ? Importance::critical
                                                 : Importance::low;
    hooks.push_back(std::move(spec));
  }
  return hooks;
}

/// The name of the first law that the planner breaks; empty: none.
std::string broken_law(const Planner& planner, const Hooks& hooks, Millis available, Millis longer) {
  const Shares given = planner(hooks, available), more = planner(hooks, longer);
  if (std::accumulate(given.begin(), given.end(), Millis(0)) > available) return "no more is given than there is";
  for (std::size_t i = 0; i < hooks.size(); ++i)
    if (more[i] < given[i]) return "a longer window gives no hook less";
  for (std::size_t i = 0; i < hooks.size(); ++i) {
    const Importance mine = hooks[i].options.importance;
    if (given[i] >= need(hooks, i) || !asks(hooks[i])) continue;  // not short
    for (std::size_t j = 0; j < hooks.size(); ++j) {
      const Importance other = hooks[j].options.importance;
      if (other > mine && given[j] > Millis(0)) return "no hook is short while a less important one has anything";
      if (other != mine) continue;
      if (given[j] > need(hooks, j)) return "no hook is short while an equal one has more than it is likely to need";
      if (given[j] > given[i] + Millis(1) && given[j] > drain::kLeastSlot) return "equals that are short have the same";
      if (given[i] == Millis(0) && given[j] > drain::kLeastSlot)
        return "no hook has nothing while an equal one has more";
    }
  }
  return "";
}

struct Found {
  std::uint64_t seed = 0;
  std::string law;
};

std::optional<Found> search(const Planner& planner, std::uint64_t seeds) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Draw draw(seed);
    const Hooks hooks = draw_hooks(draw);
    const Millis available(draw.between(0, draw.percent(30) ? 5000 : 600'000));
    const auto law = broken_law(planner, hooks, available, available + Millis(draw.between(0, 20'000)));
    if (!law.empty()) return Found{seed, law};
  }
  return std::nullopt;
}

Millis claim(const Hooks& hooks, std::size_t i) {
  return std::max(need(hooks, i), hooks[i].options.reserve.value_or(Millis(0)));
}

/// Everybody's claim in this order, as long as there is time.
Shares one_after_the_other(const Hooks& hooks, Millis left, bool from_the_end) {
  Shares given(hooks.size());
  for (std::size_t n = 0; n < hooks.size(); ++n) {
    const std::size_t i = from_the_end ? hooks.size() - 1 - n : n;
    given[i] = std::min(claim(hooks, i), left);
    left -= given[i];
  }
  return given;
}

Shares in_proportion(const Hooks& hooks, Millis available) {
  Shares given;
  Millis all{1};
  for (std::size_t i = 0; i < hooks.size(); ++i) all += claim(hooks, i);
  for (std::size_t i = 0; i < hooks.size(); ++i)
    given.push_back(std::min(claim(hooks, i), claim(hooks, i) * available.count() / all.count()));
  return given;
}

/// A planner that takes the hooks for others.
Planner mistaking(void (*how)(HookSpec&)) {
  return [how](Hooks hooks, Millis available) {
    for (auto& spec : hooks) how(spec);
    return shares(hooks, available);
  };
}

}  // namespace

TEST_CASE("triage: the laws hold over random plans") {
  constexpr std::uint64_t kSeeds = 8000;
  const auto found = search(shares, kSeeds);
  if (found) FAIL("seed ", found->seed, " breaks a law: ", found->law);
}

TEST_CASE("triage: every planner that is broken on purpose is caught") {
  const std::vector<std::pair<std::string, Planner>> broken{
      {"the first come first", [](const Hooks& h, Millis m) { return one_after_the_other(h, m, false); }},
      {"the last are whole", [](const Hooks& h, Millis m) { return one_after_the_other(h, m, true); }},
      {"in proportion", in_proportion},
      {"an even split", [](const Hooks& h, Millis m) { return Shares(h.size(), m / static_cast<int>(h.size())); }},
      {"importance is ignored", mistaking([](HookSpec& s) { s.options.importance = Importance::normal; })},
      {"experience is ignored", mistaking([](HookSpec& s) { s.predicted.reset(); })},
      {"reserves are ignored", mistaking([](HookSpec& s) { s.options.reserve.reset(); })},
      {"a long window is not used",
       [](const Hooks& h, Millis m) { return shares(h, m > Seconds(200) ? Millis(Seconds(100)) : m); }},
  };
  for (const auto& [name, planner] : broken) {
    const auto found = search(planner, 20'000);
    CHECK_MESSAGE(found, name);
    if (found) MESSAGE(name, ": seed ", found->seed, ": ", found->law);
  }
}

TEST_CASE("plan: a longer window gives no hook less of what it asks, hooks stay in their time, rounds in their order") {
  for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
    Draw draw(seed);
    Hooks hooks = draw_hooks(draw);
    for (auto& spec : hooks) spec.stage = 10 * (spec.stage / 2);  // some of them run side by side
    const Millis window(draw.between(5000, 600'000));
    const Millis longer = window + Millis(draw.between(0, 30'000));
    drain::Limits limits;
    limits.parallel = draw.between(1, 4);
    const auto plan = drain::plan(hooks, limits, Deadline::after(kNow, window), kNow);
    const auto more = drain::plan(hooks, limits, Deadline::after(kNow, longer), kNow);
    CAPTURE(seed);
    for (std::size_t i = 0; i < hooks.size(); ++i) {
      const auto& one = plan.hooks[i];
      const auto given = [](const drain::PlannedHook& planned) {
        const Millis slot = std::chrono::floor<Millis>(planned.stop_by - planned.start_by);
        return std::min(slot, std::max(planned.asks, drain::likely_need(planned.hook, 1)));
      };
      REQUIRE(given(more.hooks[i]) + drain::kLeastSlot >= given(one));
      if (one.starts) REQUIRE(one.stop_by <= plan.window.hooks_end.at());
      if (one.starts) REQUIRE(one.kill_by <= plan.window.deadline.at());
      if (i > 0 && one.hook.stage != plan.hooks[i - 1].hook.stage) REQUIRE(one.start_by >= plan.hooks[i - 1].kill_by);
    }
  }
}
