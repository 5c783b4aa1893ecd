#pragma once
#include <string>
#include <vector>

#include "cli/terminal/layout.h"
#include "core/clock.h"

/// Pure: spans of time as a chart of text.
namespace preemptd::cli {

enum class Fill {
  run,       ///< time used, or planned to be
  allowed,   ///< time it might still have taken
  reserved,  ///< kept for somebody
};

struct Span {
  core::Millis from{0};
  core::Millis to{0};
  Fill fill = Fill::run;
};

struct ChartRow {
  std::string label;
  Tone tone = Tone::plain;  ///< of its run spans
  std::vector<Span> spans;  ///< later ones are drawn over earlier ones; what lies outside the chart is cut off
  std::string note;         ///< behind the bar
};

struct Timeline {
  core::Millis length{0};  ///< the chart goes from 0 to here
  std::vector<ChartRow> lanes;
};

/// Labels, bars and notes under an axis, at most `width` columns; 0: as wide as needed, nothing is cut. Where label,
/// bar and note do not fit side by side, the notes stand below their bars. Whatever took any time shows at least a
/// mark.
std::string draw(const Timeline& timeline, int width, const Paint& paint);

/// Where the axis has its labels: round times, at most `most` of them besides 0.
std::vector<core::Millis> ticks(core::Millis length, int most);

}  // namespace preemptd::cli
