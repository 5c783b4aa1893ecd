#include "core/drain_verdict.h"

#include <algorithm>

#include "core/duration.h"

namespace preemptd::core {
namespace {

constexpr std::size_t kNamesShown = 6;

std::string names_of(const DrainResult& result) {
  std::string text;
  const std::size_t shown = std::min(kNamesShown, result.failed_names.size());
  for (std::size_t i = 0; i < shown; ++i) text += (i > 0 ? ", " : "") + result.failed_names[i];
  if (shown > 0 && result.failed > shown) text += ", …";
  return text;
}

std::string count_of(std::size_t hooks) {
  return std::to_string(hooks) + (hooks == 1 ? " hook" : " hooks");
}

std::string chinese_hooks(const DrainResult& result) {
  const auto all = std::to_string(result.hooks);
  if (result.hooks == 0) return "没有运行任何钩子";
  const auto skipped = std::min(result.skipped, result.hooks);
  if (result.failed == 0 && skipped > 0)
    return "没有钩子失败：" + std::to_string(result.hooks - skipped) + " 个成功，" + std::to_string(skipped) +
           " 个跳过";
  if (result.failed == 0) return "全部 " + all + " 个钩子成功";
  const auto names = names_of(result);
  return all + " 个钩子中 " + std::to_string(result.failed) + " 个失败" + (names.empty() ? "" : "：" + names);
}

std::string english_hooks(const DrainResult& result) {
  if (result.hooks == 0) return "no hook ran";
  const auto skipped = std::min(result.skipped, result.hooks);
  if (result.failed == 0 && skipped > 0)
    return "no hook failed: " + std::to_string(result.hooks - skipped) + " succeeded, " + std::to_string(skipped) +
           " skipped";
  if (result.failed == 0)
    return result.hooks == 1 ? "the only hook succeeded" : "all " + count_of(result.hooks) + " succeeded";
  const auto names = names_of(result);
  return std::to_string(result.failed) + " of " + count_of(result.hooks) + " failed" +
         (names.empty() ? "" : ": " + names);
}

/// "; ended 102 s before the deadline"
std::string english_end(const DrainResult& result) {
  if (result.withdrawn) return "; the notice was withdrawn";
  const bool late = result.margin->count() < 0;
  return "; ended " + spoken_duration(late ? -*result.margin : *result.margin) +
         (late ? " after the deadline" : " before the deadline");
}

std::string chinese_end(const DrainResult& result) {
  if (result.withdrawn) return "；通知已撤销";
  const bool late = result.margin->count() < 0;
  return std::string("；于截止时间") + (late ? "之后 " : "之前 ") +
         spoken_duration(late ? -*result.margin : *result.margin) + " 结束";
}

}  // namespace

std::string hooks_verdict(const DrainResult& result, Language language) {
  return language == Language::zh ? chinese_hooks(result) : english_hooks(result);
}

std::string hooks_progress(const DrainResult& result, Language language) {
  const bool chinese = language == Language::zh;
  const auto over = std::to_string(result.over), all = std::to_string(result.hooks);
  const auto running = std::to_string(result.running);
  std::string text = chinese ? all + " 个钩子中 " + over + " 个已结束，" + running + " 个运行中"
                             : over + " of " + count_of(result.hooks) + " over, " + running + " running";
  if (result.failed > 0) text += (chinese ? "，" : ", ") + hooks_verdict(result, language);
  return text;
}

std::string drain_verdict(const DrainResult& result, Language language) {
  const bool chinese = language == Language::zh;
  if (!result.margin) return (chinese ? "未完成：" : "not over: ") + hooks_progress(result, language);
  return hooks_verdict(result, language) + (chinese ? chinese_end(result) : english_end(result));
}

}  // namespace preemptd::core
