#include "core/drain_verdict.h"

#include <doctest/doctest.h>

using namespace preemptd::core;

namespace {

DrainResult result_with(std::size_t hooks, std::vector<std::string> failed, Millis margin) {
  DrainResult result;
  result.hooks = result.over = hooks;
  result.failed = failed.size();
  result.failed_names = std::move(failed);
  result.margin = margin;
  return result;
}

}  // namespace

TEST_CASE("verdict: it says how many hooks failed, which, and how far from the deadline the drain ended") {
  CHECK(drain_verdict(result_with(6, {"a", "b", "c"}, Seconds(102))) ==
        "3 of 6 hooks failed: a, b, c; ended 102 s before the deadline");
  CHECK(drain_verdict(result_with(6, {}, Seconds(102))) == "all 6 hooks succeeded; ended 102 s before the deadline");
  CHECK(drain_verdict(result_with(1, {}, Millis(-1500))) == "the only hook succeeded; ended 1.5 s after the deadline");
  CHECK(drain_verdict(result_with(1, {"a"}, Seconds(200))) ==
        "1 of 1 hook failed: a; ended 3 min 20 s before the deadline");
  CHECK(drain_verdict(result_with(0, {}, Seconds(290))) == "no hook ran; ended 4 min 50 s before the deadline");
}

TEST_CASE("verdict: a hook that was skipped is not called a success") {
  auto result = result_with(6, {}, Seconds(60));
  result.skipped = 2;
  CHECK(hooks_verdict(result) == "no hook failed: 4 succeeded, 2 skipped");
  result.failed = 1;
  result.failed_names = {"x"};
  CHECK(hooks_verdict(result) == "1 of 6 hooks failed: x");
}

TEST_CASE("verdict: of many failed hooks the first six are named, and the count stays whole") {
  CHECK(hooks_verdict(result_with(9, {"a", "b", "c", "d", "e", "f", "g"}, Seconds(1))) ==
        "7 of 9 hooks failed: a, b, c, d, e, f, …");
  auto unnamed = result_with(9, {}, Seconds(1));
  unnamed.failed = 3;
  CHECK(hooks_verdict(unnamed) == "3 of 9 hooks failed");
}

TEST_CASE("verdict: a drain that is not over says how far it is") {
  auto result = result_with(3, {"10-a"}, Seconds(1));
  result.margin.reset();
  result.over = result.running = 1;
  CHECK(drain_verdict(result) == "not over: 1 of 3 hooks over, 1 running, 1 of 3 hooks failed: 10-a");
}

TEST_CASE("verdict: a notice that was withdrawn leaves no deadline to speak of") {
  auto result = result_with(2, {}, Seconds(50));
  result.withdrawn = true;
  CHECK(drain_verdict(result) == "all 2 hooks succeeded; the notice was withdrawn");
}

TEST_CASE("verdict: in Chinese it says the same") {
  CHECK(drain_verdict(result_with(6, {"a", "b"}, Seconds(102)), Language::zh) ==
        "6 个钩子中 2 个失败：a, b；于截止时间之前 102 s 结束");
  CHECK(drain_verdict(result_with(6, {}, Seconds(-3)), Language::zh) == "全部 6 个钩子成功；于截止时间之后 3.0 s 结束");
}
