#pragma once
#include <string>
#include <vector>

#include "cli/terminal/layout.h"
#include "cli/terminal/output.h"
#include "drain/plan/forecast.h"

/// Pure: what becomes of hooks in shorter and shorter windows.
namespace preemptd::cli {

struct Sweep {
  struct Window {
    core::Millis notice{0};
    bool fits = false;  ///< drain::Plan's verdict
    drain::Forecast forecast;
  };
  std::vector<Window> windows;  ///< the longest first
};

/// From `longest` down to 10 s, in steps of 5 s.
Sweep sweep_of(const std::vector<drain::HookSpec>& hooks, const drain::Limits& limits, core::Millis longest);

/// A row for each hook, a column for each window.
std::string chart_of(const Sweep& sweep, int width, const Paint& paint);
/// The windows a person thinks in: 300, 240, 180, 120, 90, 60, 30 and 10 s, as far as the sweep goes.
Table table_of(const Sweep& sweep);
Json as_json(const Sweep& sweep);

}  // namespace preemptd::cli
