#include "drain/process/capture.h"

#include <algorithm>

#include "core/text.h"

namespace preemptd::drain {
namespace {

constexpr std::size_t kKept = 32 * 1024;
constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kTail = 1024;
constexpr double kBurst = 200, kLinesPerSecond = 20;

}  // namespace

void Capture::feed(std::string_view bytes, core::BootTime now) {
  bytes_ += bytes.size();
  keep(bytes);
  pass_lines(bytes, now);
}

void Capture::keep(std::string_view bytes) {
  const auto to_head = std::min(bytes.size(), kKept - head_.size());
  head_.append(bytes.substr(0, to_head));
  bytes.remove_prefix(to_head);
  if (bytes.size() >= kKept) {
    ring_.assign(bytes.substr(bytes.size() - kKept));
    next_ = 0;
    return;
  }
  const auto to_fill = std::min(bytes.size(), kKept - ring_.size());
  ring_.append(bytes.substr(0, to_fill));
  bytes.remove_prefix(to_fill);
  for (const char c : bytes) {
    ring_[next_] = c;
    next_ = (next_ + 1) % kKept;
  }
}

void Capture::pass_lines(std::string_view bytes, core::BootTime now) {
  while (!bytes.empty()) {
    const auto newline = bytes.find('\n');
    const auto part = bytes.substr(0, newline);
    const auto room = kLongestLine - line_.size();
    if (part.size() > room) line_cut_ = true;
    line_.append(part.substr(0, room));
    if (newline == std::string_view::npos) return;
    pass_line(now);
    bytes.remove_prefix(newline + 1);
  }
}

void Capture::pass_line(core::BootTime now) {
  const std::chrono::duration<double> since = now - allowed_at_;
  allowance_ = std::min(kBurst, allowance_ + since.count() * kLinesPerSecond);
  allowed_at_ = now;
  if (allowance_ >= 1) {
    allowance_ -= 1;
    if (line_cut_) line_ += " …";
    on_line_(line_);
  } else {
    ++unlogged_;
  }
  line_.clear();
  line_cut_ = false;
}

void Capture::end(core::BootTime now) {
  if (!line_.empty()) pass_line(now);
  if (unlogged_ > 0) on_line_("(" + std::to_string(unlogged_) + " more lines were not logged)");
  unlogged_ = 0;
}

std::string Capture::tail() const {
  return ring_.substr(next_) + ring_.substr(0, next_);
}

std::string Capture::text() const {
  const std::uint64_t dropped = summary().dropped;
  if (dropped == 0) return head_ + tail();
  return head_ + "\n[" + std::to_string(dropped) + " bytes were dropped here]\n" + tail();
}

OutputSummary Capture::summary() const {
  const std::string end = ring_.size() >= kTail ? tail() : head_ + tail();
  const std::string_view last = std::string_view(end).substr(end.size() - std::min(end.size(), kTail));
  return {bytes_, bytes_ - head_.size() - ring_.size(), core::printable(last, 4 * kTail)};
}

}  // namespace preemptd::drain
