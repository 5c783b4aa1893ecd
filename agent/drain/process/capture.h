#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "drain/journal/journal.h"

namespace preemptd::drain {

/// One output stream of a hook: keeps the first and the last 32 KiB, counts everything, and passes whole lines on to be
/// logged, at most 200 at once and 20 a second after that, so that a flood costs neither memory nor the log.
class Capture {
 public:
  using OnLine = std::function<void(std::string_view line)>;  ///< raw bytes, without newline, at most 4 KiB
  explicit Capture(OnLine on_line) : on_line_(std::move(on_line)) {}

  void feed(std::string_view bytes, core::BootTime now);
  /// The stream is over: passes on an unfinished last line, and says how many lines were not logged.
  void end(core::BootTime now);

  /// What is kept, with a line in between that says how much was dropped. Empty when nothing was written.
  std::string text() const;
  OutputSummary summary() const;

 private:
  void keep(std::string_view bytes);
  void pass_lines(std::string_view bytes, core::BootTime now);
  void pass_line(core::BootTime now);
  std::string tail() const;

  OnLine on_line_;
  std::uint64_t bytes_ = 0;
  std::string head_;      ///< the first 32 KiB
  std::string ring_;      ///< the last 32 KiB of what follows the head
  std::size_t next_ = 0;  ///< oldest byte of a full ring
  std::string line_;
  bool line_cut_ = false;
  double allowance_ = 200;
  core::BootTime allowed_at_{};
  std::uint64_t unlogged_ = 0;
};

}  // namespace preemptd::drain
