#include "cli/hooks/sweep.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/duration.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

using core::Millis;
using core::Seconds;
using drain::Fate;

constexpr Millis kStep = Seconds(5), kShortest = Seconds(10);
constexpr std::array kShown{300, 240, 180, 120, 90, 60, 30, 10};
constexpr std::size_t kWidestLabel = 28;
constexpr int kUsualWidth = 100;
constexpr std::string_view kLegend = "█ complete   ▓ second turn   ▒ shortened   · lost";

std::string_view glyph(Fate fate) {
  switch (fate) {
    case Fate::complete: return "█";
    case Fate::second_turn: return "▓";
    case Fate::shortened: return "▒";
    case Fate::lost: return "·";
  }
  return " ";
}

Tone tone_of(Fate fate) {
  switch (fate) {
    case Fate::complete: return Tone::good;
    case Fate::second_turn: return Tone::plain;
    case Fate::shortened: return Tone::warn;
    case Fate::lost: return Tone::bad;
  }
  return Tone::plain;
}

/// "complete", "12s of 60s".
Cell cell_of(const drain::Foreseen& hook) {
  const bool cut = hook.fate == Fate::shortened;
  const auto rounded = [](Millis value) { return core::format_duration(std::chrono::floor<Seconds>(value)); };
  return {cut ? rounded(hook.gets) + " of " + rounded(hook.needs) : std::string(drain::name_of(hook.fate)),
          tone_of(hook.fate)};
}

std::string padded(std::string text, std::size_t width) {
  text = core::printable(text, width);
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::size_t label_width(const Sweep& sweep) {
  std::size_t width = 0;
  for (const auto& hook : sweep.windows.front().forecast.hooks) width = std::max(width, hook.hook.size());
  return std::min(width, kWidestLabel);
}

/// Where a window's column stands, when not all of them fit.
std::vector<const Sweep::Window*> columns_of(const Sweep& sweep, std::size_t most) {
  const std::size_t every = (sweep.windows.size() + most - 1) / most;
  std::vector<const Sweep::Window*> columns;
  for (std::size_t i = 0; i < sweep.windows.size(); i += every) columns.push_back(&sweep.windows[i]);
  return columns;
}

}  // namespace

Sweep sweep_of(const std::vector<drain::HookSpec>& hooks, const drain::Limits& limits, Millis longest) {
  Sweep sweep;
  for (Millis notice = longest; notice >= kShortest; notice -= kStep) {
    const auto plan = drain::plan(hooks, limits, core::Deadline::after({}, notice), {});
    sweep.windows.push_back({notice, plan.fits(), drain::foresee(hooks, limits, notice)});
  }
  return sweep;
}

std::string chart_of(const Sweep& sweep, int width, const Paint& paint) {
  if (sweep.windows.empty()) return "";
  const std::size_t label = label_width(sweep);
  const auto room = static_cast<std::size_t>(std::max(width > 0 ? width : kUsualWidth, 40)) - label - 2;
  const auto columns = columns_of(sweep, room);
  const std::string from = core::format_duration(columns.front()->notice), to = core::format_duration(kShortest);
  const std::size_t gap = columns.size() > from.size() + to.size() ? columns.size() - from.size() - to.size() : 1;
  std::string text = std::string(label + 2, ' ') + paint(Tone::faint, from + std::string(gap, ' ') + to) + "\n";
  for (std::size_t i = 0; i < sweep.windows.front().forecast.hooks.size(); ++i) {
    text += padded(sweep.windows.front().forecast.hooks[i].hook, label) + "  ";
    for (const auto* column : columns) {
      const Fate fate = column->forecast.hooks[i].fate;
      text += paint(tone_of(fate), glyph(fate));
    }
    text += "\n";
  }
  return text + std::string(kLegend) + "\n";
}

Table table_of(const Sweep& sweep) {
  Table table{{{"HOOK"}, {"IMPORTANCE"}}, {}, "no hooks"};
  if (sweep.windows.empty()) return table;
  for (const auto& hook : sweep.windows.front().forecast.hooks)
    table.rows.push_back({core::printable(hook.hook, 120), std::string(drain::name_of(hook.importance))});
  for (const auto& window : sweep.windows) {
    const bool shown = std::any_of(kShown.begin(), kShown.end(), [&](int s) { return window.notice == Seconds(s); });
    if (!shown) continue;
    table.columns.push_back({core::format_duration(window.notice)});
    for (std::size_t i = 0; i < table.rows.size(); ++i) table.rows[i].push_back(cell_of(window.forecast.hooks[i]));
  }
  return table;
}

Json as_json(const Sweep& sweep) {
  Json windows = Json::array();
  for (const auto& window : sweep.windows) {
    Json hooks = Json::array();
    for (const auto& hook : window.forecast.hooks)
      hooks.push_back({{"hook", core::valid_utf8(hook.hook)},
                       {"importance", drain::name_of(hook.importance)},
                       {"fate", drain::name_of(hook.fate)},
                       {"needs_ms", hook.needs.count()},
                       {"gets_ms", hook.gets.count()}});
    windows.push_back({{"notice_ms", window.notice.count()},
                       {"fits", window.fits},
                       {"over_after_ms", window.forecast.over_after.count()},
                       {"hooks", hooks}});
  }
  return {{"windows", windows}};
}

}  // namespace preemptd::cli
