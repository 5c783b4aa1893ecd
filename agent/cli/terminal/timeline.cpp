#include "cli/terminal/timeline.h"

#include <algorithm>
#include <array>

#include "core/duration.h"

namespace preemptd::cli {
namespace {

using core::Millis;

constexpr int kUsualWidth = 100;
constexpr int kNarrowestBar = 20;
constexpr int kWidestLabel = 28, kNarrowestLabel = 12, kNoLimit = 1000;

std::string_view glyph(Fill fill) {
  switch (fill) {
    case Fill::run: return "█";
    case Fill::allowed: return "·";
    case Fill::reserved: return "░";
  }
  return " ";
}

Tone tone_of(Fill fill, const ChartRow& lane) {
  return fill == Fill::run ? lane.tone : Tone::faint;
}

struct Scale {
  Millis length;
  int columns;

  int column(Millis at) const {
    const auto inside = std::clamp<std::int64_t>(at.count(), 0, length.count());
    return static_cast<int>(inside * columns / std::max<std::int64_t>(1, length.count()));
  }
};

std::string bar(const ChartRow& lane, const Scale& scale, const Paint& paint) {
  std::vector<const Span*> cells(static_cast<std::size_t>(scale.columns), nullptr);
  for (const auto& span : lane.spans) {
    const int first = std::min(scale.column(span.from), scale.columns - 1);
    const int last = std::max(first, scale.column(span.to) - 1);
    if (span.to <= span.from && span.fill != Fill::run) continue;
    std::fill(cells.begin() + first, cells.begin() + std::min(last + 1, scale.columns), &span);
  }
  std::string text;
  for (std::size_t i = 0; i < cells.size();) {
    std::string piece;
    const Span* span = cells[i];
    for (; i < cells.size() && cells[i] == span; ++i) piece += span == nullptr ? " " : glyph(span->fill);
    text += span == nullptr ? piece : paint(tone_of(span->fill, lane), piece);
  }
  return text;
}

std::string axis(const Scale& scale, const std::vector<Millis>& at) {
  std::string text = "0s";
  for (const auto tick : at) {
    const std::string label = core::format_duration(tick);
    const auto start = static_cast<std::size_t>(std::max(0, scale.column(tick) - static_cast<int>(label.size())));
    if (start <= text.size()) continue;
    text.append(start - text.size(), ' ');
    text += label;
  }
  return text;
}

std::string padded(std::string text, int width) {
  const int blanks = width - display_width(text);
  if (blanks > 0) text.append(static_cast<std::size_t>(blanks), ' ');
  return text;
}

}  // namespace

std::vector<Millis> ticks(Millis length, int most) {
  constexpr std::array<std::int64_t, 16> kSteps{100,     200,     500,       1000,     2000,    5000,
                                                10'000,  15'000,  30'000,    60'000,   120'000, 300'000,
                                                600'000, 900'000, 1'800'000, 3'600'000};
  std::vector<Millis> at;
  if (length.count() <= 0 || most < 1) return at;
  std::int64_t step = kSteps.back();
  for (const auto candidate : kSteps) {
    if (length.count() / candidate <= most) {
      step = candidate;
      break;
    }
  }
  while (length.count() / step > most) step *= 2;
  for (std::int64_t t = step; t <= length.count(); t += step) at.emplace_back(t);
  return at;
}

std::string draw(const Timeline& timeline, int width, const Paint& paint) {
  const int whole = width > 0 ? width : kUsualWidth;
  const int widest_label = width > 0 ? std::min(kWidestLabel, std::max(kNarrowestLabel, whole / 3)) : kNoLimit;
  int label = 0, note = 0;
  for (const auto& lane : timeline.lanes) {
    label = std::max(label, std::min(widest_label, display_width(lane.label)));
    note = std::max(note, display_width(lane.note));
  }
  const bool beside = width <= 0 || whole - label - note - 4 >= kNarrowestBar;
  const int room = whole - label - (beside ? note + 4 : 2);
  const Scale scale{timeline.length, std::max(beside ? kNarrowestBar : 1, room)};
  std::string text =
      padded("", label + 2) + paint(Tone::faint, axis(scale, ticks(timeline.length, scale.columns / 10))) + "\n";
  for (const auto& lane : timeline.lanes) {
    const std::string note_line = beside ? "  " + lane.note : "\n" + padded("", label + 2) + lane.note;
    std::string line = padded(clipped(lane.label, label), label + 2) + bar(lane, scale, paint);
    if (!lane.note.empty()) line += note_line;
    while (!line.empty() && line.back() == ' ') line.pop_back();
    text += line + "\n";
  }
  return text;
}

}  // namespace preemptd::cli
